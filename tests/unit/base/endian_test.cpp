#include "base/endian.h"

#include <array>

#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("big endian: unaligned bytes -> the first is the highest") {
  const std::array<std::byte, 9> bytes = {std::byte{0xFF}, std::byte{0x01}, std::byte{0x02},
                                          std::byte{0x03}, std::byte{0x04}, std::byte{0x05},
                                          std::byte{0x06}, std::byte{0x07}, std::byte{0x88}};
  CHECK(load_be16(bytes.data() + 1) == 0x0102);
  CHECK(load_be32(bytes.data() + 1) == 0x01020304);
  CHECK(load_be64(bytes.data() + 1) == 0x0102030405060788);
}

TEST_CASE("native: unaligned bytes -> as the machine stores them") {
  std::array<std::byte, 5> bytes = {};
  const std::uint32_t value = 0xDEADBEEF;
  std::memcpy(bytes.data() + 1, &value, sizeof value);
  CHECK(load_native<std::uint32_t>(bytes.data() + 1) == value);
}

}  // namespace
}  // namespace litewatch
