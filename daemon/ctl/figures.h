/*
 * Figures as people read them, in the thread's language: a decimal comma in Vietnamese,
 * times in the zone that TZ names, else this machine's.
 * Thread: main. Errors: none. The caller frees what is returned.
 */
#pragma once
#include <stdint.h>

char *figure_decimal(double number);    /* "12,4" */
char *figure_bytes(int64_t bytes);      /* "120,4 GB" */
char *figure_bits(int64_t bits_per_s);  /* "2,0 Mbit/s" */
char *figure_duration(int64_t seconds); /* "3 ngày 4 giờ" */
char *figure_time(const char *rfc3339); /* "21/11/2026 21:04:49"; "" for no time */
