"""Findings about an artifact, kept within bounds."""

from tfreg.core.codecs.errors import CodecError, TruncatedError
from tfreg.core.formats.problems import Problems


def test_that_a_file_was_cut_off_is_told_once_for_each_code() -> None:
    problems = Problems()
    for position in range(100, 110):
        problems.fault("TFR103", "a.tflite", TruncatedError(f"refers to 4 bytes at byte {position}, beyond its 90 bytes"))
        problems.fault("TFR101", "a.tflite", TruncatedError(f"refers to 2 bytes at byte {position}, beyond its 90 bytes"))
    problems.fault("TFR103", "b.tflite", TruncatedError("ends at byte 7"))
    assert [(problem.code, problem.place.file) for problem in problems] == [
        ("TFR103", "a.tflite"),
        ("TFR101", "a.tflite"),
        ("TFR103", "b.tflite"),
    ]


def test_other_faults_are_all_told() -> None:
    problems = Problems()
    for position in range(3):
        problems.fault("TFR103", "a.tflite", CodecError(f"has an odd byte at {position}"))
    assert len(problems) == 3
