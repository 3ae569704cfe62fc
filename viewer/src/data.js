// Unpacks the document and the geometry of the page; see io/_view_packing.py for the format.

export function readDocument() {
  return JSON.parse(document.getElementById("document").textContent);
}

export async function readLayers(records) {
  const text = document.getElementById("geometry").textContent.trim();
  const bytes = await inflated(decoded(text));
  const layers = [];
  let offset = 0;
  const take = (length) => {
    const part = bytes.subarray(offset, offset + length);
    offset += length;
    return part;
  };
  for (const record of records) {
    const { vertices, faces } = record;
    layers.push({
      instance: record.instance,
      positions: positionsOf(take(6 * vertices), vertices, record),
      colors: colorsOf(take(3 * vertices), vertices),
      normals: record.normals ? normalsOf(take(3 * vertices), vertices) : null,
      index: faces ? indexOf(take(12 * faces), faces) : null,
    });
  }
  return layers;
}

function decoded(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function positionsOf(planes, count, { origin, step }) {
  const positions = new Float32Array(3 * count);
  for (let axis = 0; axis < 3; axis++) {
    let value = 0;
    for (let i = 0; i < count; i++) {
      value = (value + (planes[axis * count + i] << 8) + planes[(3 + axis) * count + i]) & 0xffff;
      positions[3 * i + axis] = origin[axis] + step * value;
    }
  }
  return positions;
}

function colorsOf(planes, count) {
  const colors = new Uint8Array(3 * count);
  for (let channel = 0; channel < 3; channel++) {
    let value = 0;
    for (let i = 0; i < count; i++) {
      value = (value + planes[channel * count + i]) & 0xff;
      colors[3 * i + channel] = value;
    }
  }
  return colors;
}

function normalsOf(planes, count) {
  const normals = new Int8Array(3 * count);
  for (let axis = 0; axis < 3; axis++) {
    for (let i = 0; i < count; i++) normals[3 * i + axis] = planes[axis * count + i];
  }
  return normals;
}

function indexOf(planes, count) {
  const index = new Uint32Array(3 * count);
  const at = (i) => {
    const n = 3 * count;
    const coded =
      ((planes[i] << 24) | (planes[n + i] << 16) | (planes[2 * n + i] << 8) | planes[3 * n + i]) >>> 0;
    return (coded >>> 1) ^ -(coded & 1);
  };
  let first = 0;
  for (let i = 0; i < count; i++) {
    first += at(i);
    index[3 * i] = first;
    index[3 * i + 1] = first + at(count + i);
    index[3 * i + 2] = first + at(2 * count + i);
  }
  return index;
}
