/* The connection to libvirt on the GLib loop: what happens to Nova's domains.
 *
 * It only reads.  Opening it blocks for as long as libvirt does not answer, so
 * the caller first finds out, in another process, that it does.  Afterwards
 * keepalive messages bound each call to VIRTLINK_ALIVE_MS.
 *
 * Events have libvirt's words, see names.h; "missing" follows an end that left
 * no domain behind.
 */
#ifndef VMHA_VIRTLINK_H
#define VMHA_VIRTLINK_H

#include "domain-xml.h"
#include "error.h"

enum { VIRTLINK_ALIVE_S = 2, VIRTLINK_ALIVE_COUNT = 2 };

struct virtlink;

struct virtlink_calls {
    /* Is this a domain of Nova's that was told before?  Others are read. */
    bool (*knows)(const char *uuid, void *arg);
    /* A domain of Nova's was read: it is new, was defined, or started. */
    void (*domain)(const char *uuid, const struct domain_facts *facts,
                   void *arg);
    void (*event)(const char *uuid, const char *event, void *arg);
    /* Before the event of an I/O error: of which device, and why ("enospc"). */
    void (*disk)(const char *uuid, const char *device, const char *why,
                 void *arg);
    /* Around the states of all of them, which virtlink_open tells. */
    void (*begin)(void *arg), (*end)(void *arg);
    /* The connection is lost; not called by virtlink_close. */
    void (*lost)(const char *why, void *arg);
};

/* Must be called first, once, by a program that uses this. */
void virtlink_use_loop(void);

struct virtlink *virtlink_new(const struct virtlink_calls *calls, void *arg);
void virtlink_free(struct virtlink *l);

/* Connect, subscribe, and tell the state of all domains, as the events in
 * between may be lost.  VMHA_E_AGAIN where it cannot be reached.
 */
int virtlink_open(struct virtlink *l, const char *uri, struct vmha_error *err);
void virtlink_close(struct virtlink *l);

#endif
