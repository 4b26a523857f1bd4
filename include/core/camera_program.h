/*
 * Where the program keng-camera is: named by the environment ($KENGD_CAMERA_PROGRAM),
 * beside this program, near it in the build tree, or where it was installed. The caller
 * frees. Thread: any.
 */
#pragma once

char *camera_program(void);
