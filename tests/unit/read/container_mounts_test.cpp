#include "read/container_mounts.h"

#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

// A machine with / on 254:0 and a disk on 8:16, and Docker's folders on the first.
const std::string kMachine =
    "21 1 254:0 / / rw - ext4 /dev/vda rw\n"
    "22 21 8:16 / /data rw - xfs /dev/sdb rw\n"
    "23 21 0:50 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay "
    "rw,lowerdir=/l,upperdir=/var/lib/docker/overlay2/abc/diff,workdir=/w\n";

// A container: its layer, a named volume, a folder of the disk, one to read only, a tmpfs.
const std::string kContainer =
    "90 1 0:50 / / rw - overlay overlay "
    "rw,lowerdir=/l,upperdir=/var/lib/docker/overlay2/abc/diff,workdir=/w\n"
    "91 90 0:60 / /proc rw - proc proc rw\n"
    "92 90 254:0 /var/lib/docker/volumes/v/_data /db rw - ext4 /dev/vda rw\n"
    "93 90 8:16 /apps/shop /srv rw - xfs /dev/sdb rw\n"
    "94 90 8:16 /shared /ro ro - xfs /dev/sdb rw\n"
    "95 90 254:0 /etc/hosts /etc/hosts rw - ext4 /dev/vda rw\n";

struct Scene {
  std::string own = kMachine;
  std::string container = kContainer;
  std::string procfs = "/proc";
  std::string rootfs = "/";
  FilePlace place(const std::string& path) const {
    return place_in_container(path, parse_mountinfo(own), {parse_mountinfo(container), 1234},
                              procfs, rootfs);
  }
};

TEST_CASE("place: on the machine -> volume, layer, elsewhere") {
  const Scene scene;
  CHECK(scene.place("/var/lib/docker/volumes/v/_data/app.db") == FilePlace::kVolume);
  CHECK(scene.place("/data/apps/shop/app.db") == FilePlace::kVolume);
  CHECK(scene.place("/var/lib/docker/overlay2/abc/merged/app/app.db") == FilePlace::kWritableLayer);
  CHECK(scene.place("/var/lib/docker/overlay2/abc/diff/app/app.db") == FilePlace::kWritableLayer);
  CHECK(scene.place("/var/lib/docker/overlay2/abcd/diff/app.db") == FilePlace::kElsewhere);
  CHECK(scene.place("/var/lib/docker/volumes/v2/_data/app.db") == FilePlace::kElsewhere);
  CHECK(scene.place("/data/apps/shopping/app.db") == FilePlace::kElsewhere);
  CHECK(scene.place("/data/shared/app.db") == FilePlace::kElsewhere);  // it may only read there
  CHECK(scene.place("/srv/app.db") == FilePlace::kElsewhere);
}

TEST_CASE("place: the machine's root mounted elsewhere") {
  Scene scene;
  scene.rootfs = "/host";
  scene.own =
      "1 0 0:99 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/own/diff\n"
      "2 1 254:0 / /host ro - ext4 /dev/vda rw\n"
      "3 2 8:16 / /host/data ro - xfs /dev/sdb rw\n";
  CHECK(scene.place("/host/var/lib/docker/volumes/v/_data/app.db") == FilePlace::kVolume);
  CHECK(scene.place("/host/data/apps/shop/app.db") == FilePlace::kVolume);
  CHECK(scene.place("/host/var/lib/docker/overlay2/abc/diff/app.db") == FilePlace::kWritableLayer);
  CHECK(scene.place("/var/lib/docker/overlay2/abc/diff/app.db") == FilePlace::kElsewhere);
  CHECK(scene.place("/app.db") == FilePlace::kElsewhere);
}

TEST_CASE("place: a volume that a sidecar shares") {
  Scene scene;
  scene.own =
      "1 0 0:99 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/own/diff\n"
      "2 1 254:0 /var/lib/docker/volumes/v/_data /watched ro - ext4 /dev/vda rw\n";
  CHECK(scene.place("/watched/app.db") == FilePlace::kVolume);
  CHECK(scene.place("/other/app.db") == FilePlace::kElsewhere);
}

TEST_CASE("place: through the root of the container's process, or of another one in it") {
  const TempDir procfs;
  Scene scene;
  scene.procfs = procfs.path();
  const std::string main = procfs.file("1234/root");
  CHECK(scene.place(main + "/app/app.db") == FilePlace::kWritableLayer);
  CHECK(scene.place(main + "/db/app.db") == FilePlace::kVolume);
  CHECK(scene.place(main + "/ro/app.db") == FilePlace::kElsewhere);
  procfs.write("77/mountinfo", kContainer);
  procfs.write("78/mountinfo", kMachine);
  CHECK(scene.place(procfs.file("77/root/db/app.db")) == FilePlace::kVolume);
  CHECK(scene.place(procfs.file("78/root/db/app.db")) == FilePlace::kElsewhere);
  CHECK(scene.place(procfs.file("79/root/db/app.db")) == FilePlace::kElsewhere);
}

TEST_CASE("place: a service sees the whole machine, which says nothing") {
  Scene scene;
  scene.container = kMachine;
  CHECK(scene.place("/data/apps/shop/app.db") == FilePlace::kElsewhere);
  CHECK(scene.place("/proc/1234/root/data/app.db") == FilePlace::kElsewhere);
}

TEST_CASE("place: a tool that has all of the machine mounted is no app") {
  Scene scene;
  scene.container = "90 1 0:70 / / rw - overlay overlay rw\n91 90 254:0 / /rootfs rw - ext4 d rw\n";
  CHECK(scene.place("/var/lib/app.db") == FilePlace::kElsewhere);
  scene.container = "90 1 0:70 / / rw - overlay overlay rw\n91 90 8:16 / /pv rw - xfs d rw\n";
  CHECK(scene.place("/data/app.db") == FilePlace::kVolume);  // a disk of its own
}

TEST_CASE("place: odd names of an overlay's folder; no mounts; odd paths") {
  Scene scene;
  scene.container = "90 1 0:50 / / rw - overlay overlay rw,upperdir=/a\\040b\\054c/diff\n";
  CHECK(scene.place("/a b,c/diff/app.db") == FilePlace::kWritableLayer);
  scene.container = "90 1 0:50 / / rw - overlay overlay rw,upperdir=relative/diff\n";
  CHECK(scene.place("/relative/diff/app.db") == FilePlace::kElsewhere);
  scene.container = "";
  CHECK(scene.place("/data/app.db") == FilePlace::kElsewhere);
  scene.container = "92 90 254:0 /v /db rw - ext4 /dev/vda rw\n";  // the root is not among them
  CHECK(scene.place("/v/app.db") == FilePlace::kElsewhere);
  const Scene whole;
  for (const char* path : {"", "app.db", "/proc/1234", "/proc/1234/root", "/proc//root/db/app.db",
                           "/data/apps/shop/../../other.db", "/proc/1234/root/db/../etc/x",
                           "/proc/x/root/db/app.db"}) {
    CAPTURE(path);
    CHECK(whole.place(path) == FilePlace::kElsewhere);
  }
}

}  // namespace
}  // namespace litewatch
