/*
 * What a terminal can be shown: pictures, and text that came from elsewhere. Thread: main.
 */
#pragma once
#include <stdbool.h>
#include <stdio.h>

/* A QR code of half blocks, white on black whatever the terminal's colours. False: too long
 * for one. */
bool terminal_qr(const char *text, FILE *to);

/* Blanks for what would steer the terminal: names and reasons come from files, devices and
 * cameras. `lines`: their breaks stay. The caller's. */
char *terminal_harmless(const char *from, bool lines);
