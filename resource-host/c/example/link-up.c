/* link-up: a resource type that is online as long as a network interface is up and has a carrier (Linux).
 *
 * The kernel tells of every change through one rtnetlink socket for all resources; nothing here looks at intervals. The
 * interface itself is left alone: this is a thing to depend on, such as "the service only while the cable is in". */
#define _DEFAULT_SOURCE

#include "andon.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 32768 };

typedef struct watched {
  struct watched *next;
  andon_resource *resource;
  bool is_online;
} watched;

static watched *all;
static int netlink = -1;

static const char *interface_of(const andon_resource *resource) {
  return andon_json_text(andon_json_member(andon_properties(resource), "interface"), "");
}

/* Why an interface with these flags does not carry; NULL = it does. */
static const char *trouble_of(unsigned flags) {
  if (!(flags & IFF_UP)) return "is down";
  return flags & IFF_RUNNING ? NULL : "has no carrier";
}

/* The same for an interface that is asked by its name. */
static const char *current_trouble(const char *interface) {
  struct ifreq request = {0};
  if (strlen(interface) >= sizeof request.ifr_name) return "has a name that no interface can have";
  memcpy(request.ifr_name, interface, strlen(interface));
  int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return strerror(errno);
  bool is_there = ioctl(any, SIOCGIFFLAGS, &request) == 0;
  close(any);
  return is_there ? trouble_of((unsigned short)request.ifr_flags) : "does not exist";
}

static void fail_if(watched *it, const char *trouble) {
  if (it->is_online && trouble) andon_fail(it->resource, "%s %s", interface_of(it->resource), trouble);
}

static void interface_changed(const char *interface, const char *trouble) {
  for (watched *it = all; it; it = it->next) {
    if (strcmp(interface_of(it->resource), interface) == 0) fail_if(it, trouble);
  }
}

static void handle_link(const struct nlmsghdr *header) {
  const struct ifinfomsg *link = NLMSG_DATA(header);
  ssize_t left = (ssize_t)IFLA_PAYLOAD(header);
  for (const struct rtattr *attribute = IFLA_RTA(link); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != IFLA_IFNAME) continue;
    interface_changed(RTA_DATA(attribute), header->nlmsg_type == RTM_DELLINK ? "was removed" : trouble_of(link->ifi_flags));
  }
}

/* Changes that came faster than they were read are lost, and the kernel says so: then every interface is asked. */
static void look_at_all(void) {
  for (watched *it = all; it; it = it->next) fail_if(it, current_trouble(interface_of(it->resource)));
}

static void netlink_tells(void *context, short revents) {
  (void)context, (void)revents;
  _Alignas(struct nlmsghdr) static char bytes[MESSAGE_BYTES];
  ssize_t count = recv(netlink, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count < 0 && errno == ENOBUFS) look_at_all();
  size_t left = count > 0 ? (size_t)count : 0;
  for (const struct nlmsghdr *header = (const void *)bytes; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == RTM_NEWLINK || header->nlmsg_type == RTM_DELLINK) handle_link(header);
  }
}

/* Once, for all resources of this host. */
static bool listen_to_netlink(void) {
  if (netlink >= 0) return true;
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return false;
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    close(fd);
    return false;
  }
  netlink = fd;
  andon_watch_fd(netlink, POLLIN, netlink_tells, NULL);
  return true;
}

static andon_answer open_link(andon_resource *resource, andon_call *call) {
  watched *it = calloc(1, sizeof *it);
  if (!it) return andon_refuse(call, "unavailable", "there is no memory for %s", andon_name(resource));
  *it = (watched){.next = all, .resource = resource};
  all = it;
  andon_set_state(resource, it);
  return ANDON_DONE;
}

static andon_answer close_link(andon_resource *resource, andon_call *call) {
  (void)call;
  watched **at = &all;
  while (*at != andon_state(resource)) at = &(*at)->next;
  *at = (*at)->next;
  free(andon_state(resource));
  return ANDON_DONE;
}

/* The socket listens before the first look, so that no change falls between the two. */
static andon_answer online(andon_resource *resource, andon_call *call) {
  if (!listen_to_netlink()) return andon_refuse(call, "unavailable", "cannot listen to rtnetlink: %s", strerror(errno));
  const char *interface = interface_of(resource), *trouble = current_trouble(interface);
  if (trouble) return andon_refuse(call, "failed", "interface \"%s\" %s; see: ip link show", interface, trouble);
  watched *it = andon_state(resource);
  it->is_online = true;
  return ANDON_DONE; /* the event contract: netlink_tells() reports a failure */
}

static andon_answer stop_watching(andon_resource *resource, andon_call *call) {
  (void)call;
  watched *it = andon_state(resource);
  it->is_online = false;
  return ANDON_DONE;
}

static andon_answer is_alive(andon_resource *resource, andon_call *call) {
  const char *trouble = current_trouble(interface_of(resource));
  return trouble ? andon_not_alive(call, "%s %s", interface_of(resource), trouble) : ANDON_DONE;
}

int main(void) {
  static const andon_type type = {.name = "link-up",
                                  .open = open_link,
                                  .online = online,
                                  .offline = stop_watching,
                                  .terminate = stop_watching,
                                  .is_alive = is_alive,
                                  .close = close_link};
  return andon_run(&type, 1);
}
