"""Images as the library reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pathscope.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def as_images(images: Any, what: str = "images", axes: tuple[int, ...] = (3, 4)) -> NDArray[np.float32]:
    """Returns images as an array [number, channels, height, width] of float32, without a copy where possible.

    Args:
        images: a tensor or array [number, (channels,) height, width] of floats, as the model sees them

    Raises:
        InputError: if the images have another shape, are integers or are not all finite
    """
    import numpy as np

    if hasattr(images, "detach"):
        images = images.detach().cpu()
        images = images.float() if images.dtype.itemsize < 4 else images
    array = np.asarray(images)
    if array.ndim not in axes:
        expected = "[number, channels, height, width]" if 4 in axes else "[channels, height, width]"
        raise InputError(f"{what} have shape {list(array.shape)}, expected {expected}")
    if array.ndim == min(axes):
        array = array[:, None] if 4 in axes else array[None]
    if array.dtype.kind != "f":
        raise InputError(
            f"{what} are {array.dtype}, but a model sees floats: prepare them as in training, "
            "such as images.astype('float32') / 255"
        )
    if array.size == 0:
        raise InputError(f"{what} have shape {list(array.shape)}: there are none")
    if not np.isfinite(array).all():
        place = np.argwhere(~np.isfinite(array))[0].tolist()
        raise InputError(f"{what} are not all finite: at {place} there is {array[tuple(place)]}")
    return np.ascontiguousarray(array, dtype=np.float32)
