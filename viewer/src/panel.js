// The list of objects at the side. Every text goes in as text, never as markup.
import { REST, isRoom } from "./stage.js";

const SVG = "http://www.w3.org/2000/svg";
const EYE = [
  ["lid", "M2 10c2-3.6 4.7-5.4 8-5.4s6 1.8 8 5.4c-2 3.6-4.7 5.4-8 5.4s-6-1.8-8-5.4z"],
  ["ball", "M10 7.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2z"],
  ["slash", "M4 16 16 4"],
];

export function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export function nameOf(record) {
  return record.id === REST ? wordOf(record) : `${wordOf(record)} ${record.id}`;
}

function wordOf(record) {
  if (record.id === REST) return "Outside objects";
  return record.label || (record.role === "object" ? "Object" : capital(record.role));
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);

export function sizeOf(record, digits = 2) {
  return record.size.map((edge) => edge.toFixed(digits)).join(" × ");
}

// What follows a length: nothing where the unit is arbitrary.
export const unitOf = (page) => (page.unit === "meter" ? " m" : "");

const volume = (record) => record.size.reduce((product, edge) => product * Math.max(edge, 0.01), 1);

// Things first, the largest on top; then the room; then what is outside objects.
export function groupsOf(page) {
  const order = ["floor", "wall", "ceiling", "surface"];
  const things = page.objects.filter((one) => !isRoom(one)).sort((a, b) => volume(b) - volume(a));
  const room = page.objects
    .filter(isRoom)
    .sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role) || volume(b) - volume(a));
  const rest = page.layers.some((one) => one.instance === REST)
    ? [{ id: REST, label: "", role: "rest", color: [176, 176, 174] }]
    : [];
  return [
    { name: "Objects", rows: things },
    { name: "Room", rows: room },
    { name: "Other surface", rows: rest },
  ].filter((group) => group.rows.length);
}

export class Panel {
  constructor(page, actions) {
    this.actions = actions;
    this.unit = unitOf(page);
    this.rows = new Map();
    this.groups = [];
    this.list = document.getElementById("list");
    for (const { name, rows } of groupsOf(page)) {
      const section = element("section");
      const head = element("header");
      const title = element("h2", "", name);
      const count = element("span", "count", String(rows.length));
      const eye = eyeButton(`all of: ${name}`);
      eye.addEventListener("click", () => actions.toggleGroup(rows.map((one) => one.id)));
      head.append(title, count, eye);
      section.append(head);
      for (const record of rows) section.append(this.#row(record));
      this.list.append(section);
      this.groups.push({ section, rows, eye, count });
    }
    this.empty = element("p", "empty", "No object matches.");
    this.empty.hidden = true;
    this.list.append(this.empty);
  }

  #row(record) {
    const row = element("div", "row");
    row.dataset.id = record.id;
    const main = element("button", "pick");
    main.type = "button";
    const swatch = element("span", "swatch");
    swatch.style.backgroundColor = `rgb(${record.color.join(",")})`;
    main.append(swatch, element("span", "name", wordOf(record)));
    if (record.id !== REST) {
      // Apart from the name, so that a long label does not push it out of sight.
      main.append(element("span", "id", String(record.id)));
      main.append(element("span", "size", sizeOf(record, 1)));
      main.append(element("span", "score", record.score.toFixed(2)));
      main.title = `${nameOf(record)}: ${sizeOf(record)}${this.unit}, score ${record.score.toFixed(2)}`;
    }
    main.addEventListener("click", () => this.actions.select(record.id));
    main.addEventListener("dblclick", () => this.actions.frame(record.id));
    const eye = eyeButton(nameOf(record));
    eye.addEventListener("click", () => this.actions.toggle(record.id));
    row.append(main, eye);
    this.rows.set(record.id, { row, main, eye, record });
    return row;
  }

  // The ids in the order of the list, without those that the search leaves out.
  shown() {
    return [...this.rows.values()].filter(({ row }) => !row.hidden).map(({ record }) => record.id);
  }

  search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let any = false;
    for (const { section, rows, count } of this.groups) {
      let found = 0;
      for (const record of rows) {
        const searched = `${nameOf(record)} #${record.id} ${record.role}`.toLowerCase();
        const matches = words.every((word) => searched.includes(word));
        this.rows.get(record.id).row.hidden = !matches;
        found += matches;
      }
      section.hidden = !found;
      count.textContent = String(found);
      any ||= found > 0;
    }
    this.empty.hidden = any;
  }

  update({ selected, isVisible }) {
    for (const [id, { row, main, eye }] of this.rows) {
      const visible = isVisible(id);
      row.classList.toggle("selected", id === selected);
      row.classList.toggle("off", !visible);
      main.setAttribute("aria-pressed", String(id === selected));
      eye.setAttribute("aria-pressed", String(visible));
    }
    for (const { rows, eye } of this.groups) {
      eye.setAttribute("aria-pressed", String(rows.some((one) => isVisible(one.id))));
    }
  }

  reveal(id) {
    this.rows.get(id)?.row.scrollIntoView({ block: "nearest" });
  }
}

function eyeButton(what) {
  const button = element("button", "eye");
  button.type = "button";
  button.setAttribute("aria-label", `Show ${what}`);
  button.setAttribute("aria-pressed", "true");
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 20 20");
  for (const [kind, shape] of EYE) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", shape);
    path.setAttribute("class", kind);
    icon.append(path);
  }
  button.append(icon);
  return button;
}
