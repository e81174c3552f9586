/*
 * The kernel's own way to a DVD drive's keys, structures and status, one ioctl a run:
 *
 *     dvd-ioctl DEVICE TYPE [ARGUMENT...]
 *
 * Numbers are decimal, bytes are hexadecimal digits. Prints the answer as a line of JSON. An ioctl
 * that fails prints its errno on standard error, and exits with 1. See <linux/cdrom.h>.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static int device;
static char **arguments;

static void check(int result) {
  if (result == 0) return;
  fprintf(stderr, "%s\n", strerrorname_np(errno));
  exit(1);
}

static const char *argument(int index) {
  for (int i = 0; i <= index; i++) {
    if (arguments[i] != NULL) continue;
    fprintf(stderr, "argument %d is missing\n", index + 1);
    exit(2);
  }
  return arguments[index];
}

static unsigned number(int index) { return strtoul(argument(index), NULL, 10); }

static void bytes(int index, unsigned char *to, size_t length) {
  const char *digits = argument(index);
  int used = 0;
  for (size_t i = 0; i < length; i++, digits += used) {
    if (sscanf(digits, "%2hhx%n", &to[i], &used) == 1 && used == 2) continue;
    fprintf(stderr, "argument %d must have %zu bytes\n", index + 1, length);
    exit(2);
  }
}

static void print_bytes(const char *name, const unsigned char *from, size_t length) {
  printf("\"%s\":\"", name);
  for (size_t i = 0; i < length; i++) printf("%02x", from[i]);
  printf("\"");
}

/* DVD_AUTH: what the host sends and the logical unit (LU) sends, and what the kernel says comes next. */

static dvd_authinfo authenticate(dvd_authinfo info) {
  check(ioctl(device, DVD_AUTH, &info));
  return info;
}

static void lu_send_agid(void) {
  dvd_authinfo info = authenticate((dvd_authinfo){.lsa = {.type = DVD_LU_SEND_AGID}});
  printf("{\"agid\":%u}\n", info.lsa.agid);
}

static void host_send_challenge(void) {
  dvd_authinfo info = {.hsc = {.type = DVD_HOST_SEND_CHALLENGE, .agid = number(0)}};
  bytes(1, info.hsc.chal, sizeof(dvd_challenge));
  printf("{\"next\":%u}\n", authenticate(info).type);
}

static void lu_send_key1(void) {
  dvd_authinfo info = {.lsk = {.type = DVD_LU_SEND_KEY1, .agid = number(0)}};
  info = authenticate(info);
  printf("{");
  print_bytes("key", info.lsk.key, sizeof(dvd_key));
  printf("}\n");
}

static void lu_send_challenge(void) {
  dvd_authinfo info = {.lsc = {.type = DVD_LU_SEND_CHALLENGE, .agid = number(0)}};
  info = authenticate(info);
  printf("{");
  print_bytes("challenge", info.lsc.chal, sizeof(dvd_challenge));
  printf("}\n");
}

static void host_send_key2(void) {
  dvd_authinfo info = {.hsk = {.type = DVD_HOST_SEND_KEY2, .agid = number(0)}};
  bytes(1, info.hsk.key, sizeof(dvd_key));
  printf("{\"next\":%u}\n", authenticate(info).type);
}

static void lu_send_title_key(void) {
  dvd_authinfo info = {.lstk = {.type = DVD_LU_SEND_TITLE_KEY, .agid = number(0)}};
  info.lstk.lba = number(1);
  info = authenticate(info);
  printf("{\"cpm\":%u,\"cp_sec\":%u,\"cgms\":%u,", info.lstk.cpm, info.lstk.cp_sec, info.lstk.cgms);
  print_bytes("key", info.lstk.title_key, sizeof(dvd_key));
  printf("}\n");
}

static void lu_send_asf(void) {
  dvd_authinfo info = {.lsasf = {.type = DVD_LU_SEND_ASF, .agid = number(0)}};
  printf("{\"asf\":%u}\n", authenticate(info).lsasf.asf);
}

static void invalidate_agid(void) {
  authenticate((dvd_authinfo){.lsa = {.type = DVD_INVALIDATE_AGID, .agid = number(0)}});
  printf("{}\n");
}

static void lu_send_rpc_state(void) {
  dvd_authinfo info = authenticate((dvd_authinfo){.type = DVD_LU_SEND_RPC_STATE});
  printf("{\"type\":%u,\"vra\":%u,\"ucca\":%u,\"region_mask\":%u,\"rpc_scheme\":%u}\n",
         info.lrpcs.type, info.lrpcs.vra, info.lrpcs.ucca, info.lrpcs.region_mask,
         info.lrpcs.rpc_scheme);
}

static void host_send_rpc_state(void) {
  authenticate((dvd_authinfo){.hrpcs = {.type = DVD_HOST_SEND_RPC_STATE, .pdrc = number(0)}});
  printf("{}\n");
}

/* DVD_READ_STRUCT. */

static dvd_struct structure;

static void read_physical(void) {
  structure.physical = (struct dvd_physical){.type = DVD_STRUCT_PHYSICAL, .layer_num = number(0)};
  check(ioctl(device, DVD_READ_STRUCT, &structure));
  const struct dvd_layer *layer = &structure.physical.layer[number(0)];
  printf("{\"book_version\":%u,\"book_type\":%u,\"min_rate\":%u,\"disc_size\":%u,"
         "\"layer_type\":%u,\"track_path\":%u,\"nlayers\":%u,\"track_density\":%u,"
         "\"linear_density\":%u,\"bca\":%u,\"start_sector\":%u,\"end_sector\":%u,"
         "\"end_sector_l0\":%u}\n",
         layer->book_version, layer->book_type, layer->min_rate, layer->disc_size,
         layer->layer_type, layer->track_path, layer->nlayers, layer->track_density,
         layer->linear_density, layer->bca, layer->start_sector, layer->end_sector,
         layer->end_sector_l0);
}

static void read_copyright(void) {
  structure.copyright = (struct dvd_copyright){.type = DVD_STRUCT_COPYRIGHT, .layer_num = number(0)};
  check(ioctl(device, DVD_READ_STRUCT, &structure));
  printf("{\"cpst\":%u,\"rmi\":%u}\n", structure.copyright.cpst, structure.copyright.rmi);
}

static void read_disckey(void) {
  structure.disckey.type = DVD_STRUCT_DISCKEY;
  structure.disckey.agid = number(0);
  check(ioctl(device, DVD_READ_STRUCT, &structure));
  printf("{");
  print_bytes("value", structure.disckey.value, sizeof(structure.disckey.value));
  printf("}\n");
}

static void read_bca(void) {
  structure.bca.type = DVD_STRUCT_BCA;
  check(ioctl(device, DVD_READ_STRUCT, &structure));
  printf("{");
  print_bytes("value", structure.bca.value, structure.bca.len);
  printf("}\n");
}

static void read_manufacturer(void) {
  structure.manufact.type = DVD_STRUCT_MANUFACT;
  structure.manufact.layer_num = number(0);
  check(ioctl(device, DVD_READ_STRUCT, &structure));
  printf("{");
  print_bytes("value", structure.manufact.value, structure.manufact.len);
  printf("}\n");
}

/* CDROM_DRIVE_STATUS, which succeeds with a number of its own. */

static void drive_status(void) {
  int status = ioctl(device, CDROM_DRIVE_STATUS, CDSL_CURRENT);
  check(status < 0);
  printf("{\"status\":%d}\n", status);
}

static const struct {
  const char *name;
  void (*run)(void);
} types[] = {
    {"lu-send-agid", lu_send_agid},
    {"host-send-challenge", host_send_challenge},
    {"lu-send-key1", lu_send_key1},
    {"lu-send-challenge", lu_send_challenge},
    {"host-send-key2", host_send_key2},
    {"lu-send-title-key", lu_send_title_key},
    {"lu-send-asf", lu_send_asf},
    {"invalidate-agid", invalidate_agid},
    {"lu-send-rpc-state", lu_send_rpc_state},
    {"host-send-rpc-state", host_send_rpc_state},
    {"read-physical", read_physical},
    {"read-copyright", read_copyright},
    {"read-disckey", read_disckey},
    {"read-bca", read_bca},
    {"read-manufacturer", read_manufacturer},
    {"drive-status", drive_status},
};

int main(int count, char **words) {
  if (count < 3) {
    fprintf(stderr, "usage: dvd-ioctl DEVICE TYPE [ARGUMENT...]\n");
    return 2;
  }
  arguments = &words[3];
  /* Without waiting for a disc, and without locking the tray. */
  device = open(words[1], O_RDONLY | O_NONBLOCK);
  check(device < 0);
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
    if (strcmp(words[2], types[i].name) != 0) continue;
    types[i].run();
    return 0;
  }
  fprintf(stderr, "no ioctl is called %s\n", words[2]);
  return 2;
}
