/*
 * The text of a file as a tree, through libyaml's events: places are kept, and anchors,
 * aliases and tags are seen and refused.
 * Thread: any. Errors: faults.
 */
#pragma once
#include "node.h"

enum {
    FILE_BYTES_MAX = 1024 * 1024,
    DEPTH_MAX = 16,
    NODES_MAX = 100000, /* a megabyte of commas would be gigabytes of tree */
};

/* NULL: the file is empty or nothing in it can be read. After a syntax fault the tree holds
 * what stands above it. The source outlives the tree. */
struct node *tree_read(struct source *source, const uint8_t *bytes, size_t size,
                       struct fault_list *faults);
