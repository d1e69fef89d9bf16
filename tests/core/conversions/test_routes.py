"""The table of routes and the files that it names."""

from __future__ import annotations

from dataclasses import fields
from importlib.util import find_spec
from inspect import signature
from pathlib import Path

import pytest

from tfreg.core import rewrites
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.routes import ROUTES, By, Route
from tfreg.core.conversions.targets import TARGETS
from tfreg.core.formats.registry import FORMATS

OPTIONS = {field.name for field in fields(ConversionOptions)}
TARGET_NAMES = {target.name for target in TARGETS}
SHARED = {"pieces", "rewriting", "bundles"}
"""Modules of core/rewrites that are no rewrite themselves."""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_row_names_what_there_is(route: Route) -> None:
    assert route.target in TARGET_NAMES
    assert set(route.sources) <= TARGET_NAMES | {kind.name for kind in FORMATS}
    assert route.options <= OPTIONS
    assert route.needs <= route.inputs
    module = f"tfreg.core.rewrites.{route.module}" if route.by is By.REWRITE else f"tfreg.convert.steps.{route.name}"
    assert find_spec(module) is not None


@pytest.mark.parametrize("module", sorted({route.module for route in ROUTES if route.by is By.REWRITE}))
def test_a_rewrite_takes_one_request(module: str) -> None:
    from importlib import import_module

    rewrite = import_module(f"tfreg.core.rewrites.{module}").rewrite
    assert len(signature(rewrite).parameters) == 1


def test_each_module_of_rewrites_is_in_a_row() -> None:
    (folder,) = map(Path, rewrites.__path__)
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"} - SHARED
    assert files == {route.module for route in ROUTES if route.by is By.REWRITE}


def test_each_option_is_taken_by_some_route() -> None:
    assert frozenset[str]().union(*(route.options for route in ROUTES)) == OPTIONS


def test_names_are_given_once() -> None:
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert all(target.format in {kind.name for kind in FORMATS} for target in TARGETS)
