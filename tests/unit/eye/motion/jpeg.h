/* Reads a JPEG back. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes it whole. False: it is none. */
bool jpeg_size(const uint8_t *bytes, size_t size, int pixels[2]);

/* Luma, 0..255 full range, of the pixel; -1: it cannot be read. */
int jpeg_luma(const uint8_t *bytes, size_t size, int x, int y);
