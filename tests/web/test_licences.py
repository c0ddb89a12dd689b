"""The licence of a paper, where it is known."""

from __future__ import annotations

import pytest

from broadsheet.web.licences import licence_name


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("http://creativecommons.org/licenses/by/4.0/", "CC BY 4.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", "CC BY-NC-SA 4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", "arXiv non-exclusive 1.0"),
        ("All rights reserved", "All rights reserved"),
        ("", ""),
    ],
)
def test_a_licence_is_called_what_people_call_it(told: str, name: str) -> None:
    assert licence_name(told) == name
