"""The markup, script and style of the picture on which objects are marked."""

from __future__ import annotations

TEMPLATE = """
${value
  ? `<div class="sw-board"><img src="${value}" alt="picture with masks" draggable="false">
     <svg preserveAspectRatio="none"></svg></div>`
  : `<div class="sw-empty"><b>Add a picture</b> or take an example.</div>`}
"""
"""Template of the component; its value is the URL of a picture that this package drew."""

SCRIPT = """
let path = null;
const image = () => element.querySelector('.sw-board img');
const share = (event) => {
  const box = image().getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
};
const tool = () => {
  const chosen = document.querySelector('#sw-tools input:checked');
  return chosen ? chosen.value : 'new';
};
const draw = () => {
  const svg = element.querySelector('.sw-board svg');
  if (!svg) return;
  const box = image().getBoundingClientRect();
  svg.setAttribute('viewBox', `0 0 ${box.width} ${box.height}`);
  if (!path) { svg.innerHTML = ''; return; }
  const [x0, y0] = path[0], [x1, y1] = path[path.length - 1];
  const at = (x, y) => `${(x * box.width).toFixed(1)},${(y * box.height).toFixed(1)}`;
  svg.innerHTML = ['paint', 'erase'].includes(tool())
    ? `<polyline points="${path.map(([x, y]) => at(x, y)).join(' ')}" class="${tool()}"/>`
    : `<polygon points="${at(x0, y0)} ${at(x1, y0)} ${at(x1, y1)} ${at(x0, y1)}"/>`;
};
element.addEventListener('pointerdown', (event) => {
  if (!image() || event.button !== 0 || !event.target.closest('.sw-board')) return;
  event.preventDefault();
  path = [share(event)];
  draw();
});
window.addEventListener('pointermove', (event) => {
  if (!path || !image()) return;
  path.push(share(event));
  if (path.length > 2000) path.splice(1, 1);
  draw();
});
window.addEventListener('pointerup', (event) => {
  if (!path || !image()) return;
  path.push(share(event));
  const scale = image().getBoundingClientRect().width / image().naturalWidth;
  const done = path;
  path = null;
  draw();
  trigger('select', {path: done, scale});
});
window.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') { path = null; draw(); }
});
"""

STYLE = """
.sw-board { position: relative; line-height: 0; user-select: none; touch-action: none; }
.sw-board img { width: 100%; max-height: 70vh; object-fit: fill; border-radius: 8px;
  cursor: crosshair; }
.sw-board svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.sw-board polygon { fill: rgba(255,255,255,.12); stroke: #fff; stroke-width: 2;
  stroke-dasharray: 6 4; }
.sw-board polyline { fill: none; stroke-linecap: round; stroke-linejoin: round; stroke-width: 8;
  stroke: rgba(70,220,110,.8); }
.sw-board polyline.erase { stroke: rgba(240,80,80,.8); }
.sw-empty { display: grid; place-content: center; min-height: 380px; border-radius: 8px;
  border: 2px dashed var(--border-color-primary); color: var(--body-text-color-subdued); }
.sw-view { width: 100%; height: 520px; border: 0; border-radius: 8px; display: block; }
.sw-head h1 { margin: 0 0 2px; font-size: 1.5rem; }
.sw-head p { margin: 0; color: var(--body-text-color-subdued); }
.sw-report table { width: 100%; border: 0; border-collapse: collapse;
  font-variant-numeric: tabular-nums; }
.sw-report th, .sw-report td { text-align: left; border: 0; padding: 4px 10px;
  border-bottom: 1px solid var(--border-color-primary); }
.sw-report .warning { color: #b45309; margin: 6px 0; }
#sw-objects .wrap { flex-direction: column; align-items: stretch; max-height: 320px;
  overflow-y: auto; flex-wrap: nowrap; }
footer { display: none !important; }
"""
