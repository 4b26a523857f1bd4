/*
 * kengctl: asks the running kengd, or tells it what to do.
 */
#include <curl/curl.h>
#include <stdio.h>

#include "args.h"
#include "run.h"

int main(int argc, char **argv)
{
    text_open(args_language(argc, argv));
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int status = ctl_run(argc, argv, stdout, stderr);
    curl_global_cleanup();
    /* What did not reach a full disk or a closed pipe was not said. */
    if (fflush(stdout) != 0 && status == EXIT_WELL)
        status = EXIT_FAILED;
    return status;
}
