/*
 * Pictures that a terminal can show. Thread: main.
 */
#pragma once
#include <stdbool.h>
#include <stdio.h>

/* A QR code of half blocks, white on black whatever the terminal's colours. False: too long
 * for one. */
bool terminal_qr(const char *text, FILE *to);
