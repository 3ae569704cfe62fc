// Shading: the light of the sky, a lamp beside the camera, and the paint of the object.

const COMMON = /* glsl */ `
  attribute vec3 color;
  varying vec3 vColor;
  varying vec3 vNormal;
  varying vec3 vView;
`;

export const SURFACE_VERTEX = /* glsl */ `
  ${COMMON}
  void main() {
    vec4 place = modelViewMatrix * vec4(position, 1.0);
    vColor = color;
    vNormal = normal;
    vView = normalize(cameraPosition - position);
    gl_Position = projectionMatrix * place;
  }
`;

export const POINTS_VERTEX = /* glsl */ `
  ${COMMON}
  uniform float size;
  uniform float pixelScale;
  void main() {
    vec4 place = modelViewMatrix * vec4(position, 1.0);
    vColor = color;
    vNormal = normal;
    vView = normalize(cameraPosition - position);
    gl_Position = projectionMatrix * place;
    gl_PointSize = max(size * pixelScale / -place.z, 1.5);
  }
`;

export const SURFACE_FRAGMENT = /* glsl */ `
  uniform vec3 paint;
  uniform float painted;
  uniform float byObject;
  uniform float selected;
  varying vec3 vColor;
  varying vec3 vNormal;
  varying vec3 vView;

  void main() {
    #ifdef POINTS
      vec2 off = gl_PointCoord - 0.5;
      if (dot(off, off) > 0.25) discard;
    #endif
    vec3 view = normalize(vView);
    bool known = dot(vNormal, vNormal) > 0.01;
    vec3 normal = known ? normalize(vNormal) : view;
    if (dot(normal, view) < 0.0) normal = -normal;
    float sky = 0.5 + 0.5 * normal.y;
    float lamp = max(dot(normal, normalize(view + vec3(-0.25, 0.45, 0.2))), 0.0);
    float light = 0.5 + 0.17 * sky + 0.34 * lamp;
    float gray = dot(vColor, vec3(0.299, 0.587, 0.114));
    vec3 calm = vec3(0.46 + 0.42 * gray);
    vec3 object = mix(calm, paint * (0.74 + 0.3 * gray) + 0.04, painted);
    vec3 base = mix(vColor * mix(1.06, light, 0.5), object * light, byObject);
    float rim = pow(1.0 - max(dot(normal, view), 0.0), 2.0);
    base = mix(base, vec3(1.0, 0.97, 0.85), selected * (0.22 + 0.5 * rim));
    gl_FragColor = vec4(base, 1.0);
  }
`;
