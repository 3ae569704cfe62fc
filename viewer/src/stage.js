// The 3D view: surfaces, camera, picking. Frames are drawn only when something has changed.
import {
  Box3, BoxGeometry, BufferAttribute, BufferGeometry, Color, DoubleSide, EdgesGeometry, FrontSide,
  LineBasicMaterial, LineSegments, Matrix4, Mesh, PerspectiveCamera, Points, Raycaster, Scene,
  ShaderMaterial, Vector2, Vector3, WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { POINTS_VERTEX, SURFACE_FRAGMENT, SURFACE_VERTEX } from "./shaders.js";

const FIELD_DEG = 38;
const MARGIN = 1.06;
const SAMPLE = 4000;
const REST = 0;
const ROOM_PAINT = 0.4;
const ROOM = new Set(["floor", "wall", "ceiling", "surface"]);

export class Stage {
  constructor(canvas, layers, page) {
    this.canvas = canvas;
    this.page = page;
    this.objects = new Map(page.objects.map((one) => [one.id, one]));
    this.renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: "high-performance" });
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(FIELD_DEG, 1, 0.01, 1000);
    this.shared = { byObject: { value: 1 }, pixelScale: { value: 1 } };
    this.drawn = new Map();
    for (const layer of layers) this.#add(layer);
    this.outline = new LineSegments(
      new EdgesGeometry(new BoxGeometry(1, 1, 1)),
      new LineBasicMaterial({ transparent: true, opacity: 0.9 }),
    );
    this.outline.matrixAutoUpdate = false;
    this.outline.visible = false;
    this.scene.add(this.outline);
    this.raycaster = new Raycaster();
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = false;
    this.controls.zoomToCursor = true;
    this.controls.addEventListener("change", () => this.invalidate());
    // Until the camera is moved, it is framed again when the window changes its size.
    this.controls.addEventListener("start", () => { this.isUntouched = false; });
    this.isUntouched = false;
    this.cutaway = true;
    this.pending = false;
    this.onDraw = () => {};
    new ResizeObserver(() => this.#resize()).observe(canvas.parentElement);
    this.#resize();
  }

  #add(layer) {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(layer.positions, 3));
    geometry.setAttribute("color", new BufferAttribute(layer.colors, 3, true));
    if (layer.index) {
      const short = layer.positions.length / 3 <= 65535;
      geometry.setIndex(new BufferAttribute(short ? new Uint16Array(layer.index) : layer.index, 1));
      geometry.computeVertexNormals();
    } else if (layer.normals) {
      geometry.setAttribute("normal", new BufferAttribute(layer.normals, 3, true));
    } else {
      geometry.setAttribute("normal", new BufferAttribute(new Int8Array(layer.positions.length), 3));
    }
    geometry.computeBoundingBox();
    geometry.computeBoundingSphere();
    const record = this.objects.get(layer.instance);
    const [r, g, b] = record ? record.color : [150, 150, 150];
    const material = new ShaderMaterial({
      vertexShader: layer.index ? SURFACE_VERTEX : POINTS_VERTEX,
      fragmentShader: SURFACE_FRAGMENT,
      defines: layer.index ? {} : { POINTS: 1 },
      uniforms: {
        ...this.shared,
        paint: { value: new Color().setRGB(r / 255, g / 255, b / 255, "srgb-linear") },
        painted: { value: record ? (isRoom(record) ? ROOM_PAINT : 1) : 0 },
        selected: { value: 0 },
        size: { value: layer.index ? 0 : spacingOf(layer.positions) },
      },
    });
    const node = layer.index ? new Mesh(geometry, material) : new Points(geometry, material);
    node.userData.instance = layer.instance;
    this.scene.add(node);
    this.drawn.set(layer.instance, node);
  }

  setBackground(css, accent) {
    this.renderer.setClearColor(new Color(css));
    this.outline.material.color.set(accent);
    this.invalidate();
  }

  setByObject(on) {
    this.shared.byObject.value = on ? 1 : 0;
    this.invalidate();
  }

  // Which layers are drawn, and whether surfaces are left out where they are seen from behind.
  setVisible(isVisible, { alone = null } = {}) {
    for (const [id, node] of this.drawn) {
      node.visible = isVisible(id);
      const side = this.cutaway && id !== alone ? FrontSide : DoubleSide;
      if (node.material.side !== side) {
        node.material.side = side;
        node.material.needsUpdate = true;
      }
    }
    this.invalidate();
  }

  select(id) {
    for (const [other, node] of this.drawn) node.material.uniforms.selected.value = other === id ? 1 : 0;
    const record = this.objects.get(id);
    this.outline.visible = Boolean(record);
    if (record) {
      const [x, y, z] = [0, 1, 2].map((k) => new Vector3(...record.rotation.map((row) => row[k])));
      const scale = new Vector3(...record.size.map((edge) => Math.max(edge, 1e-4)));
      this.outline.matrix
        .copy(new Matrix4().makeBasis(x, y, z))
        .scale(scale)
        .setPosition(new Vector3(...record.center));
    }
    this.invalidate();
  }

  // The instance at a position of the page, 0 for the rest, null for nothing.
  pick(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    const at = new Vector2(
      (2 * (clientX - box.left)) / box.width - 1,
      1 - (2 * (clientY - box.top)) / box.height,
    );
    this.raycaster.setFromCamera(at, this.camera);
    let best = null;
    for (const [id, node] of this.drawn) {
      if (!node.visible) continue;
      this.raycaster.params.Points.threshold = node.material.uniforms.size.value;
      for (const hit of this.raycaster.intersectObject(node, false)) {
        if (best === null || hit.distance < best.distance) best = { id, distance: hit.distance };
      }
    }
    return best && best.id;
  }

  resetView() {
    this.isUntouched = true;
    this.#frame(this.#framed(), new Vector3(...this.page.view.direction));
  }

  frameObject(id) {
    const node = this.drawn.get(id);
    if (!node) return;
    this.isUntouched = false;
    const away = this.camera.position.clone().sub(this.controls.target).normalize();
    const box = node.geometry.boundingBox.clone();
    box.expandByScalar(Math.max(0.05, 0.15 * box.getSize(new Vector3()).length()));
    this.#frame(cornersOf(box), away);
  }

  // A sample of what is visible of the objects, without far outliers.
  #framed() {
    const bounds = new Box3(...this.page.view.bounds.map((corner) => new Vector3(...corner)));
    bounds.expandByScalar(0.01);
    const nodes = [...this.drawn.values()].filter((node) => node.visible);
    const things = nodes.filter((node) => node.userData.instance !== REST);
    const points = [];
    for (const { geometry } of things.length ? things : nodes) {
      const { array } = geometry.getAttribute("position");
      const step = 3 * Math.max(Math.floor(array.length / 3 / SAMPLE), 1);
      for (let i = 0; i < array.length; i += step) {
        const point = new Vector3().fromArray(array, i);
        if (bounds.containsPoint(point)) points.push(point);
      }
    }
    return points.length ? points : cornersOf(bounds);
  }

  // Moves the camera to where points just fit into the view, looking against a direction.
  #frame(points, direction) {
    const away = direction.clone().normalize();
    this.camera.position.copy(away);
    this.camera.lookAt(0, 0, 0);
    this.camera.updateMatrixWorld();
    const toCamera = new Matrix4().extractRotation(this.camera.matrixWorld).invert();
    const tan = Math.tan((FIELD_DEG * Math.PI) / 360);
    const wide = tan * this.camera.aspect;
    const most = [-Infinity, -Infinity, -Infinity, -Infinity];
    let [near, far] = [-Infinity, Infinity];
    const local = new Vector3();
    for (const point of points) {
      const { x, y, z } = local.copy(point).applyMatrix4(toCamera);
      [x + wide * z, -x + wide * z, y + tan * z, -y + tan * z].forEach((value, side) => {
        most[side] = Math.max(most[side], value);
      });
      [near, far] = [Math.max(near, z), Math.min(far, z)];
    }
    const distance = Math.max((most[0] + most[1]) / (2 * wide), (most[2] + most[3]) / (2 * tan));
    const middle = (near + far) / 2;
    const reach = Math.max(distance - middle, 0.05) * MARGIN;
    const target = new Vector3((most[0] - most[1]) / 2, (most[2] - most[3]) / 2, middle);
    this.controls.target.copy(target.applyMatrix4(toCamera.invert()));
    this.camera.position.copy(this.controls.target).addScaledVector(away, reach);
    this.camera.near = Math.max(reach / 1000, 0.004);
    this.camera.far = reach * 20 + 100;
    this.camera.updateProjectionMatrix();
    this.controls.update();
    this.invalidate();
  }

  // Turns around, tilts or zooms by keys.
  nudge({ turn = 0, tilt = 0, zoom = 1 }) {
    this.isUntouched = false;
    const offset = this.camera.position.clone().sub(this.controls.target);
    const flat = Math.hypot(offset.x, offset.z);
    const length = offset.length() * zoom;
    const azimuth = Math.atan2(offset.x, offset.z) + turn;
    const elevation = Math.min(Math.max(Math.atan2(offset.y, flat) + tilt, -1.5), 1.5);
    offset.set(
      Math.sin(azimuth) * Math.cos(elevation), Math.sin(elevation), Math.cos(azimuth) * Math.cos(elevation),
    );
    this.camera.position.copy(this.controls.target).addScaledVector(offset, length);
    this.controls.update();
    this.invalidate();
  }

  // Position on the canvas, pixels, of the top of an object; null if it is behind the camera.
  anchor(id) {
    const node = this.drawn.get(id);
    if (!node || !node.visible) return null;
    const box = node.geometry.boundingBox;
    const top = box.getCenter(new Vector3());
    top.y = box.max.y;
    top.project(this.camera);
    if (Math.abs(top.z) > 1) return null;
    const { clientWidth, clientHeight } = this.canvas;
    return [((top.x + 1) / 2) * clientWidth, ((1 - top.y) / 2) * clientHeight];
  }

  invalidate() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.renderer.render(this.scene, this.camera);
      this.onDraw();
    });
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    if (!clientWidth || !clientHeight) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.camera.aspect = clientWidth / clientHeight;
    this.camera.updateProjectionMatrix();
    const half = Math.tan((FIELD_DEG * Math.PI) / 360);
    this.shared.pixelScale.value = this.renderer.domElement.height / (2 * half);
    if (this.isUntouched) this.resetView();
    this.invalidate();
  }
}

// Whether an instance is part of the room rather than a thing in it.
export function isRoom(record) {
  return ROOM.has(record.role);
}

export { REST };

function cornersOf({ min, max }) {
  return Array.from({ length: 8 }, (_, corner) => new Vector3(
    corner & 1 ? max.x : min.x, corner & 2 ? max.y : min.y, corner & 4 ? max.z : min.z,
  ));
}

// Typical distance between neighboring points, from the area that they cover.
function spacingOf(positions) {
  const box = new Box3().setFromArray(positions);
  const [, middle, large] = box.getSize(new Vector3()).toArray().sort((a, b) => a - b);
  const spacing = Math.sqrt((Math.max(middle, 1e-3) * Math.max(large, 1e-3)) / (positions.length / 3));
  return Math.min(Math.max(1.6 * spacing, 0.004), 0.08);
}
