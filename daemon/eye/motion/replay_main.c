/*
 * motion-replay [--sensitivity 1..5] FILE...: events of recorded files as JSON, one
 * object a file. For tests and measurements; not installed.
 */
#include <stdlib.h>
#include <string.h>

#include "motion_replay.h"

int main(int count, char **words)
{
    struct motion_setup setup = { .detect = true, .sensitivity = 3 };
    int failed = 0, from = 1;

    if (count > 2 && strcmp(words[1], "--sensitivity") == 0) {
        setup.sensitivity = atoi(words[2]);
        from = 3;
    }
    if (from >= count) {
        fputs("usage: motion-replay [--sensitivity 1..5] FILE...\n", stderr);
        return 2;
    }
    for (int i = from; i < count; i++)
        failed |= motion_replay(words[i], &setup, stdout);
    return failed;
}
