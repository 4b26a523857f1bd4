/* Files that settings name: certificates, keys, passwords. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/secret.h"
#include "reader.h"

enum { SECRET_BYTES_MAX = 4096 };

char *path_of(const struct node *node, const char *path)
{
    return *path == '/' ? xstrdup(path) : xformat("%s/%s", node->source->dir, path);
}

/* A descriptor of a regular file, or -1, told. Nothing that blocks (a pipe) is waited
 * for. */
static int open_regular(struct reader *r, const struct spot *spot, const struct node *at,
                        const char *path, struct stat *facts)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 && errno == ENOENT)
        spot_fault(r, spot, at, _("there is no file %s; create it, or mend the path"),
                   path);
    else if (fd < 0 && (errno == EACCES || errno == EPERM))
        spot_fault(r, spot, at, _("this user may not read %s; run: chown kengd %s"), path,
                   path);
    else if (fd < 0)
        spot_fault(r, spot, at, _("%s cannot be opened: %s"), path, reason_text(errno));
    if (fd < 0)
        return -1;
    if (fstat(fd, facts) == 0 && S_ISREG(facts->st_mode))
        return fd;
    spot_fault(r, spot, at, _("%s is no file; write the path of one"), path);
    close(fd);
    return -1;
}

void read_file(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *node = spot->value;
    struct stat facts;

    if (!spot_wants_text(r, spot, node))
        return;
    char *path = path_of(node, node->value);
    int fd = open_regular(r, spot, node, path, &facts);
    if (fd < 0) {
        free(path);
        return;
    }
    close(fd);
    /* A group may read it: Debian shares keys with the group ssl-cert. */
    if (spot->row->secret && facts.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) {
        spot_fault(r, spot, node, _("others can read %s; run: chmod 600 %s"), path, path);
        free(path);
        return;
    }
    *(char **)to = path;
    settings_add_file(r->set, xstrdup(path));
}

/* What the file holds without the line's end, or NULL, told. */
static char *read_all(struct reader *r, const struct spot *spot, const struct node *at,
                      const char *path, int fd)
{
    char held[SECRET_BYTES_MAX + 1];
    size_t size = 0;
    ssize_t got;
    char *secret = NULL;

    while (size < sizeof held && (got = read(fd, held + size, sizeof held - size)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            spot_fault(r, spot, at, _("%s cannot be read: %s"), path, reason_text(errno));
            goto done;
        }
        size += (size_t)got;
    }
    if (size > SECRET_BYTES_MAX) {
        spot_fault(r, spot, at,
                   _("%s is larger than %d bytes; it may hold only the password"), path,
                   SECRET_BYTES_MAX);
        goto done;
    }
    if (size > 0 && held[size - 1] == '\n')
        size--;
    if (size > 0 && held[size - 1] == '\r')
        size--;
    if (size == 0)
        spot_fault(r, spot, at, _("%s is empty; write the password into it"), path);
    else if (memchr(held, 0, size) || memchr(held, '\n', size))
        spot_fault(r, spot, at,
                   _("%s holds more than one line; it may hold only the password"), path);
    else
        secret = xstrndup(held, size);
done:
    secret_wipe(held, sizeof held);
    return secret;
}

/* `private`: the directory does not guard it, so its mode must. */
static char *read_secret_file(struct reader *r, const struct spot *spot,
                              const struct node *at, const char *path, bool private)
{
    struct stat facts;
    char *secret = NULL;
    int fd = open_regular(r, spot, at, path, &facts);

    if (fd < 0)
        return NULL;
    if (private && facts.st_mode & 077)
        spot_fault(r, spot, at, _("others can read %s; run: chmod 600 %s"), path, path);
    else
        secret = read_all(r, spot, at, path, fd);
    if (secret)
        settings_add_file(r->set, xstrdup(path));
    close(fd);
    return secret;
}

/* systemd.exec(5), LoadCredential=: files in a directory that only the service can
 * enter. */
static char *read_credential(struct reader *r, const struct spot *spot,
                             const struct node *at)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");

    if (!*at->value || strchr(at->value, '/') || *at->value == '.') {
        spot_fault(r, spot, at,
                   _("a credential has a name, no path; write for example "
                     "'{credential: cong-lang}'"));
        return NULL;
    }
    if (!dir) {
        spot_fault(
            r, spot, at,
            _("systemd has handed over no credentials; write LoadCredential=%.100s:FILE "
              "into the unit, or use '{file: PATH}'"),
            at->value);
        return NULL;
    }
    char *path = xformat("%s/%s", dir, at->value);
    char *secret = read_secret_file(r, spot, at, path, false);
    free(path);
    return secret;
}

void read_secret(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *map = spot->value;

    if (map->kind == NODE_TEXT) {
        spot_fault(
            r, spot, map,
            _("a password does not stand in this file; put it alone into a file of mode "
              "0600 and write '%s: %s'"),
            spot->row->key, spot->row->example);
        return;
    }
    const struct node *file = node_find(map, "file", NULL);
    const struct node *credential = node_find(map, "credential", NULL);
    const struct node *value = file ? file : credential;
    if (map->kind != NODE_MAP || map->count != 2 || !value || node_is_empty(value)) {
        spot_fault(r, spot, map,
                   _("this must name one file or one credential; write '%s: %s' or "
                     "'%s: {credential: NAME}'"),
                   spot->row->key, spot->row->example, spot->row->key);
        return;
    }
    if (!spot_wants_text(r, spot, value))
        return;
    secret_free_text(*(char **)to);
    if (credential) {
        *(char **)to = read_credential(r, spot, value);
    } else {
        char *path = path_of(value, value->value);
        *(char **)to = read_secret_file(r, spot, value, path, true);
        free(path);
    }
}
