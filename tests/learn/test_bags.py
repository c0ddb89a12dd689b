from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from broadsheet.encoders import Ragged  # noqa: E402
from broadsheet.learn.students.bags import bag_sums  # noqa: E402


def ragged(lists: list[list[int]]) -> Ragged:
    flat = np.array([one for row in lists for one in row], np.int32)
    return Ragged(flat, np.cumsum([0, *map(len, lists)]).astype(np.int64))


@pytest.mark.parametrize("lists", [[[3, 1, 3], [], [0]], [[]], [[6] * 9, [6, 5]]])
def test_sums_and_gradients_are_those_of_an_embedding_bag(lists: list[list[int]]) -> None:
    torch.manual_seed(2)
    bag = torch.nn.EmbeddingBag(7, 5, mode="sum")
    weights = torch.nn.Parameter(torch.randn(7, 1))
    table = torch.nn.Parameter(bag.weight.detach().clone())
    own = torch.nn.Parameter(weights.detach().clone())
    ids = ragged(lists)
    flat = torch.from_numpy(ids.flat.astype(np.int64))
    wanted = bag(flat, torch.from_numpy(ids.offsets[:-1]), weights[flat].squeeze(1).exp())
    found = bag_sums(table, own, ids)
    torch.testing.assert_close(found, wanted)
    torch.autograd.backward((wanted**3).sum())
    torch.autograd.backward((found**3).sum())
    assert table.grad.is_sparse
    torch.testing.assert_close(table.grad.to_dense(), bag.weight.grad)
    torch.testing.assert_close(own.grad.to_dense(), weights.grad)


def test_two_batches_of_one_step_add_their_gradients() -> None:
    table = torch.nn.Parameter(torch.ones(4, 2))
    weights = torch.nn.Parameter(torch.zeros(4, 1))
    both = bag_sums(table, weights, ragged([[0, 1]])) + bag_sums(table, weights, ragged([[1, 3]]))
    torch.autograd.backward(both.sum())
    assert table.grad.to_dense()[:, 0].tolist() == [1, 2, 0, 1]
    torch.optim.SparseAdam([table, weights], lr=0.1).step()
    assert (table[2] == 1).all()
    assert (table[0] < 1).all()


def test_a_fixed_table_gets_no_gradient() -> None:
    weights = torch.nn.Parameter(torch.zeros(4, 1))
    table = torch.ones(4, 2)
    torch.autograd.backward(bag_sums(table, weights, ragged([[0, 2]])).sum())
    assert table.grad is None
    assert weights.grad.to_dense()[:, 0].tolist() == [2, 0, 2, 0]
