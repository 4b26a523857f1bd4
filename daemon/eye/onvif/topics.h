/*
 * What cameras call the things that we tell people of: one row a topic. Thread: any.
 * Source: ONVIF Analytics and Imaging specifications, and what makers added.
 */
#pragma once
#include "wire/onvif_link.h"
#include "xml.h"

/* A NotificationMessage. False: it has no state that can be told. */
bool topic_read(const xmlNode *notification, struct onvif_event *out);
