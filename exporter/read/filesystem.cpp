#include "read/filesystem.h"

#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>

namespace litewatch {
namespace {

struct Kind {
  std::uint32_t magic;
  std::string_view name;
  bool network;
};

// Sources: linux/magic.h, and the super-block magics of the file systems that it does not list.
constexpr Kind kKinds[] = {
    {0xef53, "ext4", false},  // ext2 and ext3 have the same
    {0x58465342, "xfs", false},     {0x9123683e, "btrfs", false},
    {0x2fc12fc1, "zfs", false},     {0xca451a4e, "bcachefs", false},
    {0xf2f52010, "f2fs", false},    {0x52654973, "reiserfs", false},
    {0x3153464a, "jfs", false},     {0x01021994, "tmpfs", false},
    {0x858458f6, "ramfs", false},   {0x958458f6, "hugetlbfs", false},
    {0x794c7630, "overlay", false}, {0x61756673, "aufs", false},
    {0xf15f, "ecryptfs", false},    {0x73717368, "squashfs", false},
    {0xe0f5e1e2, "erofs", false},   {0x9660, "iso9660", false},
    {0x15013346, "udf", false},     {0x4d44, "vfat", false},
    {0x2011bab0, "exfat", false},   {0x5346544e, "ntfs", false},
    {0x7366746e, "ntfs3", false},   {0x9fa0, "proc", false},
    {0x62656572, "sysfs", false},   {0x6969, "nfs", true},
    {0xff534d42, "cifs", true},     {0xfe534d42, "smb2", true},
    {0x517b, "smb", true},          {0x65735546, "fuse", true},  // virtiofs too
    {0x00c36400, "ceph", true},     {0x01021997, "9p", true},
    {0x5346414f, "afs", true},      {0x73757245, "coda", true},
    {0x0bd00bd0, "lustre", true},   {0x47504653, "gpfs", true},
    {0x01161970, "gfs2", true},     {0x7461636f, "ocfs2", true},
    {0x786f4256, "vboxsf", true},   {0xbacbacbc, "vmhgfs", true},
    {0x19830326, "fhgfs", true},  // BeeGFS
    {0x20030528, "orangefs", true},
};

const Kind* find_kind(std::uint64_t magic) {
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [magic](const Kind& k) { return k.magic == magic; });
  return kind == std::end(kKinds) ? nullptr : kind;
}

}  // namespace

bool Filesystem::network() const {
  const Kind* kind = find_kind(magic);
  return kind != nullptr && kind->network;
}

bool Filesystem::overlay() const { return magic == 0x794c7630; }

Result<Filesystem> read_filesystem(int fd) {
  struct statfs st;
  int result;
  do {
    result = ::fstatfs(fd, &st);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return system_error(errno, "cannot stat the file system", "");
  // Block counts are in units of f_frsize; very old kernels leave that 0.
  const auto unit = static_cast<std::uint64_t>(st.f_frsize > 0 ? st.f_frsize : st.f_bsize);
  Filesystem fs;
  fs.magic = static_cast<std::uint32_t>(st.f_type);  // sign-extended on 32-bit machines
  fs.avail_bytes = st.f_bavail * unit;
  fs.total_bytes = st.f_blocks * unit;
  fs.files_free = st.f_ffree;
  fs.counts_files = st.f_files > 0;
  return fs;
}

std::string_view filesystem_name(std::uint64_t magic) {
  const Kind* kind = find_kind(magic);
  return kind == nullptr ? "unknown" : kind->name;
}

}  // namespace litewatch
