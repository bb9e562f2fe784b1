"""What a child makes of a folder, before this process reads it."""

from poseconvert.fence.rehearsal import refused_in_a_child


def test_a_refusal_is_the_child_s_one_line(tmp_path):
    text = refused_in_a_child("diff", tmp_path)
    assert text.startswith(f"{tmp_path}: not a conversion folder")
    assert "\n" not in text


def test_a_command_that_ends_well_refuses_nothing(tiny_model):
    assert refused_in_a_child("inspect", tiny_model) == ""
