import pytest

from tfreg.core.errors import TagSetAmbiguousError, TagSetNotFoundError
from tfreg.core.inspections import MetaGraph
from tfreg.core.resolving.tag_sets import choose_meta_graph


def meta_graphs(*tag_sets: str) -> tuple[MetaGraph, ...]:
    return tuple(MetaGraph(tuple(tags.split()), (), ()) for tags in tag_sets)


def test_the_only_tag_set_is_chosen_whatever_it_is() -> None:
    assert choose_meta_graph(meta_graphs("odd tags"), ()) == 0


def test_of_several_tag_sets_exactly_serve_is_chosen() -> None:
    assert choose_meta_graph(meta_graphs("train", "serve gpu", "serve"), ()) == 2


def test_without_exactly_serve_the_choices_are_listed() -> None:
    with pytest.raises(TagSetAmbiguousError) as error:
        choose_meta_graph(meta_graphs("train", "serve gpu"), ())
    assert error.value.metadata["existing"] == "{train}; {serve, gpu}"


def test_named_tags_match_a_whole_set_in_any_order() -> None:
    assert choose_meta_graph(meta_graphs("serve", "serve gpu"), ("gpu", "serve")) == 1


def test_a_part_of_a_tag_set_is_not_found_and_the_closest_is_named() -> None:
    with pytest.raises(TagSetNotFoundError) as error:
        choose_meta_graph(meta_graphs("train", "serve gpu"), ("gpu",))
    assert error.value.metadata["existing"] == "{train}; {serve, gpu}"
    assert error.value.metadata["nearest"] == "{serve, gpu}"


def test_tags_of_a_frozen_graph_are_not_found_for_it_has_none() -> None:
    with pytest.raises(TagSetNotFoundError):
        choose_meta_graph(meta_graphs(""), ("serve",))
