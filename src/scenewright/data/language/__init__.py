"""Annotations of language about scenes, read and written in the form in which they are released.

`grounding` holds sentences that mean objects (ScanRefer, Multi3DRefer), `referit` those of Nr3D and
Sr3D, `questions` those of ScanQA and SQA3D, `captions` the descriptions of Scan2Cap, and `labels`
the classes of ScanNet's names. Text is kept as it is.
"""

from scenewright.data.language.captions import (
    ObjectCaptions,
    group_captions,
    read_scan2cap,
    write_scan2cap,
)
from scenewright.data.language.grounding import (
    EVALUATION_TYPES,
    Multi3DReferSentence,
    ScanReferSentence,
    read_multi3drefer,
    read_scanrefer,
    write_multi3drefer,
    write_scanrefer,
)
from scenewright.data.language.labels import LabelTable, read_label_table
from scenewright.data.language.questions import (
    ScanQAQuestion,
    SQA3DAnswer,
    SQA3DQuestion,
    read_scanqa,
    read_sqa3d,
    write_scanqa,
    write_sqa3d,
)
from scenewright.data.language.referit import ReferItSentence, read_referit, write_referit

__all__ = [
    "EVALUATION_TYPES",
    "LabelTable",
    "Multi3DReferSentence",
    "ObjectCaptions",
    "ReferItSentence",
    "SQA3DAnswer",
    "SQA3DQuestion",
    "ScanQAQuestion",
    "ScanReferSentence",
    "group_captions",
    "read_label_table",
    "read_multi3drefer",
    "read_referit",
    "read_scan2cap",
    "read_scanqa",
    "read_scanrefer",
    "read_sqa3d",
    "write_multi3drefer",
    "write_referit",
    "write_scan2cap",
    "write_scanqa",
    "write_scanrefer",
    "write_sqa3d",
]
