/*
 * One camera's process, from its orders to its end: session -> cut -> link for each
 * channel, and session -> motion -> link.
 */
#pragma once

/* Never returns. `link`: the socket to kengd. The exit status is one of link.h's. */
_Noreturn void camera_run(int link);
