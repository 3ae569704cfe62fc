"""Writers of captures as apps export them."""

from __future__ import annotations

from scenewright.worlds.writing.writer_base import (
    FLIP_YZ,
    LayoutWriter,
    numbers,
    quaternion,
    write_json,
    write_lines,
)


class PolycamWriter(LayoutWriter):
    """keyframes/ with images/, depth/ and cameras/."""

    def files(self, index: int) -> tuple[str, str]:
        return f"keyframes/images/{index:06d}", f"keyframes/depth/{index:06d}.png"

    def finish(self) -> None:
        folder = self.folder / "keyframes" / "cameras"
        folder.mkdir(parents=True)
        K = self.camera.K.tolist()
        shared = {"fx": K[0][0], "fy": K[1][1], "cx": K[0][2], "cy": K[1][2]}
        shared |= {"width": self.camera.width, "height": self.camera.height}
        for index, pose in enumerate(self.poses):
            stored = (pose @ FLIP_YZ).tolist()
            values = {f"t_{a}{b}": stored[a][b] for a in range(3) for b in range(4)}
            write_json(folder / f"{index:06d}.json", values | shared)


class RtabMapWriter(LayoutWriter):
    """rtabmap_rgb/, rtabmap_depth/, rtabmap_calib/ and rtabmap_camera_poses.txt."""

    def files(self, index: int) -> tuple[str, str]:
        return f"rtabmap_rgb/{index:06d}", f"rtabmap_depth/{index:06d}.png"

    def finish(self) -> None:
        folder = self.folder / "rtabmap_calib"
        folder.mkdir()
        matrix = numbers(self._integer_k().ravel(), ", ")
        lines = ["#timestamp x y z qx qy qz qw id"]
        for index, pose in enumerate(self.poses):
            calibration = [
                "%YAML:1.0",
                "---",
                f"image_width: {self.camera.width}",
                f"image_height: {self.camera.height}",
                "camera_matrix:",
                "   rows: 3",
                "   cols: 3",
                f"   data: [ {matrix} ]",
            ]
            write_lines(folder / f"{index:06d}.yaml", calibration)
            row = f"{numbers(pose[:3, 3])} {numbers(quaternion(pose))}"
            lines.append(f"{index:.6f} {row} {index + 1}")
        write_lines(self.folder / "rtabmap_camera_poses.txt", lines)
