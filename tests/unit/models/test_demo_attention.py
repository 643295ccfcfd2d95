"""The training's own attention is PyTorch's, forwards and back. Runs where PyTorch is installed."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra, for training alone")


@pytest.mark.parametrize("length", [1, 127, 128, 129, 300])
@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_attention_in_blocks_equals_pytorchs_with_its_gradients(length, kv_heads):
    from carnice_tui.models.demo_training.attention import attend, attend_fused

    torch.manual_seed(length)
    inputs = [
        torch.randn(3, heads, length, 32, requires_grad=True) for heads in (4, kv_heads, kv_heads)
    ]
    weights = torch.randn(3, 4, length, 32)
    blocked, fused = attend(*inputs), attend_fused(*inputs)
    torch.testing.assert_close(blocked, fused, rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(
        torch.autograd.grad(blocked, inputs, weights),
        torch.autograd.grad(fused, inputs, weights),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=2e-5)
