/*
 * The two ways to the same checksum; mp4_crc32c() takes the faster one that the processor
 * has.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

uint32_t crc32c_by_table(uint32_t crc, const void *bytes, size_t size);
