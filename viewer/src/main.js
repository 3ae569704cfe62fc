// Ties the list, the keys and the 3D view together.
import { readDocument, readLayers } from "./data.js";
import { Panel, element, nameOf, sizeOf, unitOf } from "./panel.js";
import { REST, Stage } from "./stage.js";

const byId = (id) => document.getElementById(id);
const CLICK_PIXELS = 5;
const HOVER_MS = 70;

class Viewer {
  constructor(page, layers) {
    this.page = page;
    this.records = new Map(page.objects.map((one) => [one.id, one]));
    this.records.set(REST, { id: REST, label: "", role: "rest" });
    // A ceiling would hide the room below it.
    this.hidden = new Set(page.objects.filter((one) => one.role === "ceiling").map((one) => one.id));
    this.alone = null;
    this.selected = null;
    this.byObject = true;
    this.stage = new Stage(byId("canvas"), layers, page);
    this.stage.setVisible((id) => this.isVisible(id));
    this.stage.resetView();
    this.panel = new Panel(page, {
      select: (id) => this.select(id === this.selected ? null : id),
      frame: (id) => this.frame(id),
      toggle: (id) => this.toggle(id),
      toggleGroup: (ids) => this.toggleGroup(ids),
    });
    this.tag = byId("tag");
    this.tip = byId("tip");
    this.stage.onDraw = () => this.placeTag();
    this.bindButtons();
    this.bindPointer();
    this.bindKeys();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.applyTheme());
    this.applyTheme();
    this.update();
  }

  isVisible(id) {
    return this.alone === null ? !this.hidden.has(id) : id === this.alone;
  }

  select(id) {
    this.selected = id;
    if (id !== null) this.panel.reveal(id);
    this.update();
  }

  frame(id) {
    this.selected = id;
    this.stage.frameObject(id);
    this.update();
  }

  toggle(id) {
    if (this.alone !== null) {
      // Leaving isolation by an eye shows what was clicked beside the isolated object.
      const kept = this.alone;
      this.alone = null;
      for (const other of this.records.keys()) if (other !== kept) this.hidden.add(other);
      this.hidden.delete(kept);
    }
    this.hidden.has(id) ? this.hidden.delete(id) : this.hidden.add(id);
    this.update();
  }

  toggleGroup(ids) {
    this.alone = null;
    const anyVisible = ids.some((id) => !this.hidden.has(id));
    for (const id of ids) anyVisible ? this.hidden.add(id) : this.hidden.delete(id);
    this.update();
  }

  isolate(id) {
    this.alone = this.alone === id ? null : id;
    if (this.alone !== null) this.stage.frameObject(id);
    this.update();
  }

  showAll() {
    this.alone = null;
    this.hidden.clear();
    this.update();
  }

  setByObject(on) {
    this.byObject = on;
    this.stage.setByObject(on);
    this.update();
  }

  setCutaway(on) {
    this.stage.cutaway = on;
    this.update();
  }

  update() {
    this.stage.setVisible((id) => this.isVisible(id), { alone: this.alone });
    this.stage.select(this.selected);
    this.panel.update({ selected: this.selected, isVisible: (id) => this.isVisible(id) });
    byId("objects-mode").setAttribute("aria-pressed", String(this.byObject));
    byId("color-mode").setAttribute("aria-pressed", String(!this.byObject));
    byId("cutaway").checked = this.stage.cutaway;
    byId("show-all").disabled = this.alone === null && this.hidden.size === 0;
    this.showDetails();
  }

  showDetails() {
    const card = byId("card");
    const record = this.selected === null ? null : this.records.get(this.selected);
    card.hidden = !record;
    if (!record) return;
    byId("card-name").textContent = nameOf(record);
    const facts = [];
    if (record.id !== REST) {
      facts.push(["Score", record.score.toFixed(2)], ["Size", `${sizeOf(record)}${unitOf(this.page)}`]);
      if (record.frames !== null) facts.push(["Frames", record.frames.toLocaleString("en")]);
      if (record.points !== null) facts.push(["Points", record.points.toLocaleString("en")]);
      if (record.role !== "object") facts.push(["Role", record.role]);
      if (record.source !== "observed") facts.push(["Source", record.source]);
    } else {
      facts.push(["", "Surface that belongs to no object"]);
    }
    byId("card-facts").replaceChildren(
      ...facts.flatMap(([term, value]) => [element("dt", "", term), element("dd", "", value)]),
    );
    byId("hide").textContent = this.isVisible(record.id) ? "Hide" : "Show";
    byId("isolate").setAttribute("aria-pressed", String(this.alone === record.id));
  }

  placeTag() {
    const record = this.selected === null ? null : this.records.get(this.selected);
    const at = record && this.selected !== REST ? this.stage.anchor(this.selected) : null;
    this.tag.hidden = !at;
    if (!at) return;
    this.tag.textContent = nameOf(record);
    this.tag.style.transform = `translate(-50%, -130%) translate(${at[0]}px, ${at[1]}px)`;
  }

  applyTheme() {
    const style = getComputedStyle(document.documentElement);
    this.stage.setBackground(style.getPropertyValue("--stage"), style.getPropertyValue("--accent"));
  }

  bindButtons() {
    byId("objects-mode").addEventListener("click", () => this.setByObject(true));
    byId("color-mode").addEventListener("click", () => this.setByObject(false));
    byId("cutaway").addEventListener("change", (event) => this.setCutaway(event.target.checked));
    byId("show-all").addEventListener("click", () => this.showAll());
    byId("reset").addEventListener("click", () => this.stage.resetView());
    byId("hide").addEventListener("click", () => this.toggle(this.selected));
    byId("isolate").addEventListener("click", () => this.isolate(this.selected));
    byId("zoom").addEventListener("click", () => this.frame(this.selected));
    byId("close").addEventListener("click", () => this.select(null));
    byId("search").addEventListener("input", (event) => this.panel.search(event.target.value));
  }

  bindPointer() {
    const canvas = byId("canvas");
    let start = null;
    let hover = 0;
    canvas.addEventListener("pointerdown", (event) => {
      start = [event.clientX, event.clientY];
      this.tip.hidden = true;
    });
    canvas.addEventListener("pointerup", (event) => {
      if (!start || event.button !== 0) return;
      const moved = Math.hypot(event.clientX - start[0], event.clientY - start[1]);
      start = null;
      if (moved <= CLICK_PIXELS) this.select(this.stage.pick(event.clientX, event.clientY));
    });
    canvas.addEventListener("dblclick", (event) => {
      const id = this.stage.pick(event.clientX, event.clientY);
      if (id) this.frame(id);
    });
    canvas.addEventListener("pointermove", (event) => {
      clearTimeout(hover);
      this.tip.hidden = true;
      if (event.buttons || event.pointerType === "touch") return;
      hover = setTimeout(() => this.showTip(event.clientX, event.clientY), HOVER_MS);
    });
    canvas.addEventListener("pointerleave", () => {
      clearTimeout(hover);
      this.tip.hidden = true;
    });
  }

  showTip(x, y) {
    const id = this.stage.pick(x, y);
    if (!id || id === this.selected) return;
    this.tip.textContent = nameOf(this.records.get(id));
    this.tip.style.transform = `translate(${x + 14}px, ${y + 14}px)`;
    this.tip.hidden = false;
  }

  bindKeys() {
    const step = Math.PI / 24;
    const views = {
      ArrowLeft: { turn: -step }, ArrowRight: { turn: step }, ArrowUp: { tilt: step },
      ArrowDown: { tilt: -step }, "+": { zoom: 0.9 }, "=": { zoom: 0.9 }, "-": { zoom: 1 / 0.9 },
    };
    const keys = {
      c: () => this.setByObject(!this.byObject),
      w: () => this.setCutaway(!this.stage.cutaway),
      a: () => this.showAll(),
      r: () => this.stage.resetView(),
      h: () => this.selected !== null && this.toggle(this.selected),
      i: () => this.selected !== null && this.isolate(this.selected),
      f: () => this.selected !== null && this.frame(this.selected),
      n: () => this.step(1),
      p: () => this.step(-1),
      "/": () => byId("search").focus(),
      Escape: () => (this.alone !== null ? this.isolate(this.alone) : this.select(null)),
    };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target === byId("search")) {
        if (event.key === "Escape") byId("search").blur();
        if (event.key === "Enter") this.step(1);
        return;
      }
      const inList = event.target.closest?.("#list");
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (inList && move) {
        this.step(move);
        this.panel.rows.get(this.selected)?.main.focus();
      } else if (event.target === byId("canvas") && views[event.key]) {
        this.stage.nudge(views[event.key]);
      } else if (keys[event.key]) {
        keys[event.key]();
      } else {
        return;
      }
      event.preventDefault();
    });
  }

  // Selects the next object of the list.
  step(by) {
    const ids = this.panel.shown();
    if (!ids.length) return;
    const at = ids.indexOf(this.selected);
    const next = at < 0 ? (by > 0 ? 0 : ids.length - 1) : (at + by + ids.length) % ids.length;
    this.select(ids[next]);
  }
}

async function start() {
  const page = readDocument();
  byId("title").textContent = page.title;
  byId("caption").textContent = page.caption;
  byId("caption").hidden = !page.caption;
  if (page.cell_size) {
    const inCentimeters = page.cell_size < 0.1 && page.unit === "meter";
    const cell = inCentimeters
      ? `${(100 * page.cell_size).toFixed(1)} cm`
      : `${page.cell_size.toPrecision(2)}${unitOf(page)}`;
    byId("note").textContent =
      `Simplified to ${cell}: the whole scene would be too large for one page. The scene itself is not changed.`;
    byId("note").hidden = false;
  }
  new Viewer(page, await readLayers(page.layers));
  byId("message").hidden = true;
  document.documentElement.dataset.state = "ready";
}

start().catch((error) => {
  document.documentElement.dataset.state = "failed";
  byId("message").hidden = false;
  byId("message").textContent =
    `The 3D view could not start: ${error.message}. It needs a browser with WebGL 2 from 2023 or later.`;
});
