"""Contents of the columns and planes of the kernels' arrays.

The rasterizer keeps all values of a surfel, of a pixel, or of a pair of both in one array, because
the compiler vectorizes loops over one array with constant offsets. These are the offsets. Symbols
follow Huang et al., 2D Gaussian Splatting for Geometrically Accurate Radiance Fields, 2024: T takes
(u, v, 1) of a disk to homogeneous pixel coordinates, zeta is the cross product of the two planes
through a pixel in the coordinates of the disk, and m is the normalized depth of the distortion.
"""

RECORD_TX, RECORD_TY, RECORD_TW = 0, 3, 6
"""A record describes one projected surfel. Its first columns are the rows T_x, T_y, T_w."""
RECORD_DEPTH = RECORD_TW + 2
"""Depth of the center, which is the last entry of T_w."""
RECORD_MEAN = 9
"""Center of the screen-space Gaussian of the low-pass filter (2)."""
RECORD_OPACITY = 11
RECORD_NORMAL = 12
RECORD_COLOR = 15
RECORD_ANCHOR = 18
"""Pixel nearest to the projected center (2). Pixel coordinates are counted from there: nearby,
float32 is exact enough however large the image is."""
RECORD_SIZE = 20

IMAGE_TRANSMITTANCE = 0
"""Planes of the forward pass, per pixel; those of features follow."""
IMAGE_ACTIVE = 1
"""Above 0 while the ray has not ended."""
IMAGE_COLOR = 2
IMAGE_DEPTH = 5
"""Sum of weight times depth."""
IMAGE_NORMAL = 6
IMAGE_MEDIAN = 9
IMAGE_MEDIAN_INDEX = 10
"""Position in the tile's list of the surfel that the median depth belongs to."""
IMAGE_M1, IMAGE_M2 = 11, 12
"""Sums of weight times m and of weight times m squared."""
IMAGE_DISTORTION = 13
IMAGE_WEIGHT = 14
"""Blending weight of the surfel composited last."""
IMAGE_X = 15
"""Column of the pixel within the tile."""
NUM_PLANES = 16

GRADIENT_COLOR = 0
"""Planes of the gradients of the images; those of features follow."""
GRADIENT_DEPTH = 3
GRADIENT_ALPHA = 4
GRADIENT_NORMAL = 5
GRADIENT_MEDIAN = 8
GRADIENT_DISTORTION = 9
NUM_GRADIENTS = 10

BACKWARD_X = 2
"""Planes of the backward pass, per pixel, after transmittance and activity as in the forward pass:
column of the pixel within the tile."""
BACKWARD_TOTAL = 3
"""Sum over the ray of weight times gradient of the weight."""
BACKWARD_IN_FRONT = 4
"""The part of that sum that has been composited already."""
BACKWARD_ALPHA = 5
BACKWARD_M1, BACKWARD_M2 = 6, 7
BACKWARD_MEDIAN_INDEX = 8
BACKWARD_GRADIENT = 9
"""The planes of the gradients of the images."""
BACKWARD_WEIGHT = BACKWARD_GRADIENT + NUM_GRADIENTS
"""Blending weight of the surfel composited last."""
BACKWARD_FEATURE_DOT = BACKWARD_WEIGHT + 1
"""Inner product of that surfel's features with their gradients."""
BACKWARD_FEATURES = BACKWARD_FEATURE_DOT + 1
"""Gradients of the features."""

SUM_ZETA = 0
"""Gradients of one surfel, summed over each column of a tile; those of features follow."""
SUM_Y_ZETA = 3
"""Row of the pixel times the gradient of zeta (3)."""
SUM_DEPTH = 6
"""Gradient of the depth times (u, v, 1)."""
SUM_MEAN = 9
SUM_OPACITY = 11
SUM_NORMAL = 12
SUM_COLOR = 15
NUM_SUMS = 18

SLOT_ZETA, SLOT_X_ZETA, SLOT_Y_ZETA = 0, 3, 6
"""A slot holds the gradients of one pair of surfel and tile; those of features follow. First come
the gradient of zeta and its products with the column and the row of the pixel (3 each)."""
SLOT_DEPTH = 9
SLOT_MEAN = 12
SLOT_OPACITY = 14
SLOT_NORMAL = 15
SLOT_COLOR = 18
SLOT_SIZE = 21

CONSTANT_NEAR = 0
"""Constants of the loops over pixels, in the type of the arrays."""
CONSTANT_M_OFFSET, CONSTANT_M_SCALE = 1, 2
"""m(z) is the first less the second over z."""
CONSTANT_TWO, CONSTANT_HALF = 3, 4
CONSTANT_MAX_ALPHA, CONSTANT_MIN_ALPHA = 5, 6
CONSTANT_MIN_TRANSMITTANCE = 7
CONSTANT_MIN_ZETA = 8
CONSTANT_ZERO, CONSTANT_ONE = 9, 10
