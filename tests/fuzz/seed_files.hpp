#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace rhizome::test {

/// The directory that a program NAME_seeds is given; empty, after a message, where it is given none.
inline std::filesystem::path seed_directory(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return {};
  }
  std::filesystem::create_directories(argv[1]);
  return argv[1];
}

/// Writes an input: what steers the function under fuzz, then the bytes that it reads.
inline void write_seed(const std::filesystem::path& file, std::span<const std::uint8_t> control,
                       std::span<const std::byte> bytes) {
  std::string text(control.begin(), control.end());
  for (const auto b : bytes)
    text += static_cast<char>(b);
  std::ofstream(file, std::ios::binary) << text;
}

/// The bytes as they are, without their last one, and with a bit of their middle changed.
inline void write_seeds(const std::filesystem::path& directory, const std::string& name,
                        std::span<const std::uint8_t> control, std::vector<std::byte> bytes) {
  write_seed(directory / name, control, bytes);
  if (bytes.empty())
    return;
  write_seed(directory / (name + "-cut"), control, std::span(bytes).first(bytes.size() - 1));
  bytes[bytes.size() / 2] ^= std::byte{4};
  write_seed(directory / (name + "-changed"), control, bytes);
}

} // namespace rhizome::test
