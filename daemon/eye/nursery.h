/*
 * The nursery: a process that was executed once and forks a child for every camera, so
 * that what the libraries relocate is shared. It sees no byte of a camera. A child gets
 * its link, what it is for, and nothing else; how it was born and how it ended is told to kengd
 * (wire/camera_link.h). When kengd ends, every child is given 2 s to take leave of its
 * camera, then ended.
 */
#pragma once
#include "wire/camera_link.h"

/* Until kengd has gone; returns the exit status. `control`: a SEQPACKET socket. */
int nursery_run(int control, void (*const run_child[NURSERY_ROLES])(int link));
