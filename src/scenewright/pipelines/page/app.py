"""The page in Gradio: components, and which function of the desk each event calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from types import ModuleType
from typing import Any

from scenewright.core import ScenewrightError, require
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page import session as editing
from scenewright.pipelines.page.canvas import SCRIPT, TEMPLATE
from scenewright.pipelines.page.desk import Desk, random_seed, screen_of
from scenewright.pipelines.page.examples import EXAMPLES, example
from scenewright.pipelines.page.form import (
    MARKING,
    MESHES,
    MODEL,
    OTHERS,
    FormField,
    form_fields,
    mask_names,
)
from scenewright.pipelines.page.marking import TOOLS
from scenewright.pipelines.page.report import error_text, run_text, view_frame
from scenewright.pipelines.page.session import Session
from scenewright.pipelines.page.work import Workshop

_HEAD = """<div class="sw-head"><h1>Scenewright</h1>
<p>From a picture to its objects in 3D. Drag a box around each object, or click on it;
correct the masks; generate.</p></div>"""
_PICTURE_TYPES = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"]
_SWEEP_SECONDS, _KEEP_SECONDS = 600, 6 * 3600
"""How often uploads are looked through, and after what time they and sessions are removed."""


def page_theme(gradio: ModuleType) -> Any:
    """The look of the page, with fonts of the system."""
    fonts = ["system-ui", "sans-serif"]
    theme = gradio.themes.Soft(
        primary_hue="teal", neutral_hue="slate", font=fonts, font_mono=["ui-monospace", "monospace"]
    )
    return theme.set(
        block_title_background_fill="none", block_title_background_fill_dark="none",
        block_title_padding="0", block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
    )  # fmt: skip


def build_page(workshop: Workshop, defaults: GenerateSettings, *, is_public: bool) -> Any:
    """The page as a Gradio ``Blocks``.

    Args:
        workshop: Generates.
        defaults: Values that the form starts with.
        is_public: Whether others than the host can reach the page.

    Raises:
        MissingExtraError: The extra ``demo`` is not installed.
    """
    gr: Any = require("gradio", extra="demo")
    page = gr.Blocks(
        title="Scenewright", analytics_enabled=False,
        delete_cache=(_SWEEP_SECONDS, _KEEP_SECONDS), fill_width=True,
    )  # fmt: skip
    with page:
        _Page(gr, workshop, defaults, is_public=is_public)
    return page


class _Page:
    """The components, and what they call."""

    def __init__(
        self, gr: Any, workshop: Workshop, defaults: GenerateSettings, *, is_public: bool
    ) -> None:
        self.gr = gr
        self.fields = form_fields(defaults, is_public=is_public)
        self.desk = Desk(workshop, defaults, self.fields)
        self.form: dict[str, Any] = {}
        gr.HTML(_HEAD)
        self.state = gr.State(Session(), time_to_live=_KEEP_SECONDS)
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=420):
                self._make_board()
                self._make_result()
            with gr.Column(scale=2, min_width=340):
                self._make_objects()
                self._make_settings(has_backends=not is_public)
        self.screen = [
            self.state, self.board, self.objects, self.name, self.pictures, self.facts,
        ]  # fmt: skip
        self._bind_pictures()
        self._bind_objects(has_backends=not is_public)
        self._bind_generate()

    def _make_board(self) -> None:
        gr = self.gr
        self.board = gr.HTML(
            "", html_template=TEMPLATE, js_on_load=SCRIPT, elem_id="sw-picture",
            apply_default_css=False,
        )  # fmt: skip
        self.facts = gr.Markdown("", elem_id="sw-facts")
        with gr.Row():
            self.tool = gr.Radio(
                [(label, name) for name, label in TOOLS.items()], value="new", label="Mouse",
                info="New object and Redraw take a box or a click; the others correct the "
                "selected object.", elem_id="sw-tools", scale=4,
            )  # fmt: skip
            self.radius = gr.Slider(
                0.3, 10, 1.5, step=0.1, label="Brush, % of width", scale=1, min_width=140
            )
        with gr.Row():
            self.pictures = gr.Radio(
                [], label="Pictures of the scene", scale=4, elem_id="sw-pictures",
                info="Several show the same objects; poses refer to the first.",
            )  # fmt: skip
        with gr.Row():
            self.upload = gr.UploadButton(
                "Add pictures", file_count="multiple", file_types=_PICTURE_TYPES,
                variant="primary", size="sm", elem_id="sw-upload",
            )  # fmt: skip
            self.earlier, self.later, self.drop = (
                gr.Button(text, size="sm", min_width=90)
                for text in ("Move left", "Move right", "Remove picture")
            )
        with gr.Row():
            self.examples = [
                gr.Button(f"Example: {name}", size="sm", min_width=90, elem_id=f"sw-ex-{name}")
                for name in EXAMPLES
            ]

    def _make_objects(self) -> None:
        gr = self.gr
        with gr.Group():
            self.objects = gr.Radio(
                [("New object", editing.NEW)], value=editing.NEW, label="Objects",
                elem_id="sw-objects",
            )  # fmt: skip
            self.name = gr.Textbox(
                label="Name of the selected object", placeholder="such as chair; Enter renames",
                max_lines=1, elem_id="sw-name",
            )  # fmt: skip
            with gr.Row():
                self.up, self.down, self.remove = (
                    gr.Button(text, size="sm", min_width=70, elem_id=f"sw-{text.lower()}")
                    for text in ("Up", "Down", "Remove")
                )
        self.go = gr.Button("Generate", variant="primary", elem_id="sw-generate")

    def _make_settings(self, *, has_backends: bool) -> None:
        gr = self.gr
        with gr.Accordion("Masks from boxes and files", open=False):
            with gr.Row():
                self.box = gr.Textbox(
                    label="Boxes", placeholder="X0,Y0,X1,Y1 in pixels", max_lines=1, scale=3,
                    elem_id="sw-box", info="Several are separated by spaces; Enter marks them.",
                )  # fmt: skip
            self.labels = gr.UploadButton(
                "Label image", file_types=[".png", ".bmp"], size="sm", elem_id="sw-labels"
            )
            if has_backends:
                with gr.Row():
                    self.proposer = gr.Dropdown(
                        mask_names(), label="Find all objects by", allow_custom_value=True, scale=3
                    )
                    self.propose = gr.Button("Find", size="sm", min_width=80)
            self._make_fields([each for each in self.fields if each.section == MARKING])
        fields = [each for each in self.fields if each.section != MARKING]
        for section, group in groupby(fields, key=lambda each: each.section):
            with gr.Accordion(section, open=section not in (MODEL, MESHES, OTHERS)):
                self._make_fields(list(group))
                if section == OTHERS:
                    self.depth = gr.File(
                        label="Depth of the first picture (16-bit PNG, or .npy in meters)",
                        file_types=[".png", ".npy"], height=110,
                    )  # fmt: skip

    def _make_fields(self, fields: Sequence[FormField]) -> None:
        for each in fields:
            self.form[each.name] = self._make_field(each)
            if each.name == "seed":
                self.random = self.gr.Checkbox(
                    False, label="Random seed", info="Draw a new seed for each run.",
                    elem_id="sw-random",
                )  # fmt: skip

    def _make_field(self, field: FormField) -> Any:
        gr = self.gr
        common = {"label": field.label, "info": field.help, "elem_id": f"sw-field-{field.name}"}
        if field.kind == "choice":
            is_open = field.name in ("model", "segmenter")
            return gr.Dropdown(
                list(field.choices), value=field.value, allow_custom_value=is_open, **common
            )
        if field.kind == "flag":
            return gr.Checkbox(value=bool(field.value), **common)
        if field.kind == "number":
            return gr.Number(value=field.value, **common)
        return gr.Textbox(value=field.value, max_lines=1, **common)

    def _make_result(self) -> None:
        gr = self.gr
        with gr.Column(visible=False, elem_id="sw-result") as self.result:
            with gr.Tabs():
                with gr.Tab("Scene"):
                    self.view = gr.HTML("", padding=False)
                with gr.Tab("Beside the picture"):
                    self.compared = gr.Image(
                        show_label=False, interactive=False, type="filepath", format="png"
                    )
            with gr.Row():
                self.glb = gr.DownloadButton("Download meshes (GLB)", elem_id="sw-glb")
                self.ply = gr.DownloadButton("Download Gaussians (PLY)", elem_id="sw-ply")
            self.report = gr.HTML("", elem_id="sw-report", padding=False)

    def _show(self, session: Session) -> list[Any]:
        """The values of `screen`."""
        gr, screen = self.gr, screen_of(session)
        pictures = [(f"{i + 1} {name}", i) for i, name in enumerate(screen.pictures)]
        return [
            session,
            screen.board,
            gr.Radio(choices=screen.objects, value=screen.selected),
            screen.name,
            gr.Radio(choices=pictures, value=screen.shown),
            screen.facts,
        ]

    def _on(
        self,
        event: Any,
        function: Callable[..., Session],
        inputs: Sequence[Any] = (),
        *,
        takes_form: bool = False,
    ) -> None:
        """Calls a function of the session when something happens, and shows its session.

        Args:
            event: Of a component.
            function: Called with the session, the values of the inputs, and those of the form.
            inputs: Components.
            takes_form: Whether the function takes the values of the form.
        """
        form = list(self.form.values()) if takes_form else []

        def handle(session: Session, *values: Any) -> list[Any]:
            given = list(values[: len(inputs)])
            if takes_form:
                given.append(dict(zip(self.form, values[len(inputs) :], strict=True)))
            return self._show(self._told(function, session, *given))

        event(
            handle, [self.state, *inputs, *form], self.screen, api_visibility="private",
            show_progress="minimal", show_progress_on=[self.board], concurrency_limit=1,
            concurrency_id="editing",
        )  # fmt: skip

    def _told(self, function: Callable[..., Any], *values: Any, **named: Any) -> Any:
        """Calls a function; errors of the library appear on the page, escaped."""
        try:
            return function(*values, **named)
        except ScenewrightError as error:
            raise self.gr.Error(
                error_text(error), title="Not done", duration=15, print_exception=False
            ) from error

    def _bind_pictures(self) -> None:
        desk = self.desk
        self._on(self.upload.upload, desk.add_pictures, [self.upload])
        self._on(self.pictures.input, editing.show_picture, [self.pictures])
        self._on(self.earlier.click, lambda session: editing.move_picture(session, -1))
        self._on(self.later.click, lambda session: editing.move_picture(session, 1))
        self._on(self.drop.click, editing.remove_picture)
        for button, name in zip(self.examples, EXAMPLES, strict=True):
            self._on(button.click, lambda session, name=name: example(name))
        self._on(self.depth.change, desk.add_depth, [self.depth], takes_form=True)

    def _bind_objects(self, *, has_backends: bool) -> None:
        gr, desk = self.gr, self.desk
        inputs = [self.state, self.tool, self.radius, *self.form.values()]

        def mark(event: Any, session: Session, tool: str, radius: float, *values: Any) -> list[Any]:
            form = dict(zip(self.form, values, strict=True))
            return self._show(self._told(desk.stroke, session, event._data, tool, radius, form))

        # Gradio passes the event to the parameter with this annotation.
        mark.__annotations__ = {"event": gr.EventData}
        self.board.select(
            mark, inputs, self.screen, api_visibility="private", show_progress="minimal",
            show_progress_on=[self.board], concurrency_limit=1, concurrency_id="editing",
        )  # fmt: skip
        self._on(self.objects.input, editing.select, [self.objects])
        self._on(self.name.submit, editing.rename, [self.name])
        self._on(self.up.click, lambda session: editing.move_object(session, -1))
        self._on(self.down.click, lambda session: editing.move_object(session, 1))
        self._on(self.remove.click, editing.remove_object)
        self._on(self.box.submit, desk.box, [self.box], takes_form=True)
        self._on(self.labels.upload, desk.add_labels, [self.labels])
        if has_backends:
            self._on(self.propose.click, desk.propose, [self.proposer], takes_form=True)

    def _bind_generate(self) -> None:
        gr, desk = self.gr, self.desk

        # Gradio passes its progress bar to the parameter with this default, by position.
        given_bar, empty = gr.Progress(), Session()

        def generate(
            bar: Any = given_bar, session: Session = empty, is_random: bool = False, *values: Any
        ) -> list[Any]:
            form = dict(zip(self.form, values, strict=True))
            if is_random:
                form["seed"] = random_seed()

            def advance(stage: str, done: int, total: int, unit: str, /) -> None:
                bar((done, total), desc=stage, unit=unit)

            done = self._told(desk.generate, session, form, progress=advance)
            return [
                gr.Column(visible=True),
                view_frame(f"scene/{done.token}"),
                str(done.folder / "compared.png"),
                run_text(done),
                str(done.meshes),
                str(done.gaussians),
                form["seed"],
            ]

        outputs = [
            self.result, self.view, self.compared, self.report, self.glb, self.ply,
            self.form["seed"],
        ]  # fmt: skip
        self.go.click(
            generate, [self.state, self.random, *self.form.values()], outputs,
            api_visibility="private", concurrency_limit=1, concurrency_id="generating",
            show_progress_on=[self.go], scroll_to_output=True,
        )  # fmt: skip
