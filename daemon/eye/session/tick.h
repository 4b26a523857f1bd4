/*
 * What the session's own timer calls. Whoever brings a clock of his own (clock_use)
 * calls it too, after he has moved the clock: every deadline is compared with
 * clock_mono_us() here.
 * Thread: the loop's.
 */
#pragma once
struct session;

void session_tick(struct session *s);
