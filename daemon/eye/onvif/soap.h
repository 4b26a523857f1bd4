/*
 * The requests: one fixed template a call, its values escaped.
 * Thread: any. Source: the WSDL files of ONVIF's core (devicemgmt, event) and media
 * service; WS-Security UsernameToken Profile 1.0.
 */
#pragma once
#include "core/bytes.h"
#include "wire/onvif_link.h"

/* The whole HTTP request of a call; nothing for ONVIF_MATCHES. */
void soap_write(struct bytes *to, const struct onvif_ask *ask);
