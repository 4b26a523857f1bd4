#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "backup/vault.h"
#include "core/memory.h"
#include "core/secret.h"

/* A line's end may stand behind it. */
enum { LINE_BYTES = PASSPHRASE_MOST + 2 };

/* The first line of what can be read; "" is a line too. */
static char *read_line(int fd, struct error *err)
{
    char line[LINE_BYTES + 1];
    size_t size = 0;
    ssize_t n;

    while (size < LINE_BYTES && (n = read(fd, line + size, 1)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set(err, ERR_DISK, _("the passphrase cannot be read: %s"),
                      error_of_system(errno));
            secret_wipe(line, sizeof line);
            return NULL;
        }
        if (line[size++] == '\n')
            break;
    }
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        size--;
    char *phrase = memchr(line, 0, size) ? NULL : xstrndup(line, size);
    secret_wipe(line, sizeof line);
    if (!phrase)
        error_set(err, ERR_CONFIG, _("the passphrase is no text"));
    return phrase;
}

static char *read_file(const char *path, struct error *err)
{
    struct stat facts;
    char *phrase = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &facts) < 0)
        error_set(err, ERR_DISK, _("cannot read %s: %s"), path, error_of_system(errno));
    else if (S_ISREG(facts.st_mode) && facts.st_mode & 077)
        error_set(err, ERR_CONFIG, _("others can read %s; run: chmod 600 %s"), path, path);
    else
        phrase = read_line(fd, err);
    if (fd >= 0)
        close(fd);
    return phrase;
}

/* The terminal, whatever the standard input is. */
static char *ask_terminal(const char *question, struct error *err)
{
    struct termios was, silent;
    char *phrase = NULL;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 || tcgetattr(fd, &was) < 0) {
        error_set(err, ERR_CONFIG,
                  _("there is no terminal to ask for the passphrase: use --passphrase-file "
                    "FILE or --passphrase-fd N"));
    } else {
        silent = was;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        /* Before the question: what is typed at once is neither shown nor thrown away. */
        tcsetattr(fd, TCSAFLUSH, &silent);
        dprintf(fd, "%s", question);
        phrase = read_line(fd, err);
        tcsetattr(fd, TCSAFLUSH, &was);
        dprintf(fd, "\n");
    }
    if (fd >= 0)
        close(fd);
    return phrase;
}

static char *ask_person(bool twice, struct error *err)
{
    char *first = ask_terminal(_("Passphrase of the backup: "), err);

    if (!first || !twice)
        return first;
    char *second = ask_terminal(_("The same again: "), err);
    bool same = second && secret_equal_text(first, second);
    if (second && !same)
        error_set(err, ERR_CONFIG, _("the two passphrases are not the same"));
    secret_free_text(second);
    if (same)
        return first;
    secret_free_text(first);
    return NULL;
}

char *passphrase_get(const struct args *args, bool twice, struct error *err)
{
    char *phrase, *end;

    if (args->passphrase_file) {
        phrase = read_file(args->passphrase_file, err);
    } else if (args->passphrase_fd) {
        long fd = strtol(args->passphrase_fd, &end, 10);
        if (*end || fd < 0 || fd > 1023) {
            error_set(err, ERR_CONFIG, _("--passphrase-fd: write the number of an open file"));
            return NULL;
        }
        phrase = read_line((int)fd, err);
    } else {
        phrase = ask_person(twice, err);
    }
    if (phrase && strlen(phrase) < PASSPHRASE_LEAST && twice) {
        error_set(err, ERR_CONFIG, _("the passphrase is too short: at least %d characters"),
                  PASSPHRASE_LEAST);
        secret_free_text(phrase);
        phrase = NULL;
    }
    return phrase;
}
