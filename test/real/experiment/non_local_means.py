"""Non-local means as scikit-image's fast mode computes them, in NumPy and with an exact exponential."""

import numpy as np


def non_local_means(image, patch, distance, h, sigma):
    """Denoises one square image of doubles."""
    offset = patch // 2
    border = offset + distance + 1
    wide = np.pad(image, border, mode="reflect")
    size = wide.shape[0]
    sums, weights = np.zeros_like(wide), np.zeros_like(wide)
    for down in range(-distance, distance + 1):
        for right in range(distance + 1):
            both = slice(max(1, -down), min(size, size - down)), slice(1, size - right)
            shifted = slice(both[0].start + down, both[0].stop + down), slice(1 + right, size)
            integral = np.zeros_like(wide)
            squares = (wide[both] - wide[shifted]) ** 2 - 2 * sigma**2
            integral[both] = squares.cumsum(0).cumsum(1)
            rows = np.arange(max(offset, offset - down), min(size - offset, size - offset - down))
            columns = np.arange(offset, size - offset - right)

            def corner(y, x):
                return integral[np.ix_(rows + y * offset, columns + x * offset)]

            total = corner(1, 1) + corner(-1, -1) - corner(-1, 1) - corner(1, -1)
            unlike = np.maximum(total, 0) / (h * patch) ** 2
            weight = np.where(unlike > 5, 0, np.exp(-unlike)) * (0.5 if right == 0 and down != 0 else 1)
            here, there = np.ix_(rows, columns), np.ix_(rows + down, columns + right)
            weights[here] += weight
            weights[there] += weight
            sums[here] += weight * wide[there]
            sums[there] += weight * wide[here]
    inside = slice(border, -border), slice(border, -border)
    return sums[inside] / weights[inside]
