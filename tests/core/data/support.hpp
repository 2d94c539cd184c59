#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <stdlib.h>
#include <zlib.h>

#include "core/config/schema.hpp"
#include "core/data/load.hpp"
#include "core/data/schema.hpp"

namespace rhizome::tests {

/// A directory that goes with the object.
class temporary_directory {
public:
  temporary_directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "rhizome-data-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~temporary_directory() { std::filesystem::remove_all(path_); }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return std::filesystem::path(path_) / name;
  }
  [[nodiscard]] std::string string() const { return path_; }

private:
  std::string path_;
};

inline void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_gz(const std::filesystem::path& path, const std::string& content) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
}

/// [data] with the data set's defaults, changed by `values`.
inline config::section data_section(const std::string& dataset,
                                    const std::vector<std::pair<std::string, config::value>>& values = {}) {
  auto section = config::defaults(data::schema(), dataset);
  for (const auto& [name, value] : values)
    section.set(name, value);
  return section;
}

/// The sentence with which loading fails; empty if it does not.
inline std::string load_error(const config::section& section) {
  const auto loaded = data::load(section, 4, 1);
  return loaded ? std::string() : loaded.error().message;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace rhizome::tests
