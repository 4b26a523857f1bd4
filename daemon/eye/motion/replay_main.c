/*
 * motion-replay [--sensitivity 1..5] [--all | --decode] FILE...: events of recorded files
 * as JSON, one object a file. For tests and measurements; not installed.
 */
#include <stdlib.h>
#include <string.h>

#include "motion_replay.h"

int main(int count, char **words)
{
    struct motion_setup setup = { .detect = true, .sensitivity = 3 };
    enum replay_how how = REPLAY_AS_CAMERA;
    int failed = 0, from = 1;

    for (; from < count && words[from][0] == '-'; from++) {
        if (!strcmp(words[from], "--all"))
            how = REPLAY_ALL;
        else if (!strcmp(words[from], "--decode"))
            how = REPLAY_DECODE;
        else if (!strcmp(words[from], "--sensitivity") && from + 1 < count)
            setup.sensitivity = atoi(words[++from]);
        else
            break;
    }
    if (from >= count || words[from][0] == '-') {
        fputs("usage: motion-replay [--sensitivity 1..5] [--all | --decode] FILE...\n",
              stderr);
        return 2;
    }
    for (int i = from; i < count; i++)
        failed |= motion_replay(words[i], &setup, how, stdout);
    return failed;
}
