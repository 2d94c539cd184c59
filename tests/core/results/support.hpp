#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "core/results/store.hpp"

namespace rhizome::results::testing {

/// A fresh directory that is removed at the end of the test.
class temporary_directory {
public:
  temporary_directory() {
    auto name = (std::filesystem::temp_directory_path() / "rhizome-results-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline run_metadata some_run(std::string name = "quickstart") {
  return {.name = std::move(name),
          .hash = "1a2b3c4d",
          .config = "[experiment]\nname = \"quickstart\"\n",
          .seed = 7,
          .versions = "rhizome 0.1.0",
          .machine = "2 cores"};
}

inline round_record some_round(std::uint32_t round) {
  round_record record;
  record.round = round;
  record.train_loss = 1.0 / round;
  record.bytes_sent = 1'000'000ull * round;
  record.seconds = 0.5 * round;
  return record;
}

inline round_record evaluated_round(std::uint32_t round, double accuracy) {
  auto record = some_round(round);
  record.evaluated_nodes = 2;
  record.accuracy_mean = accuracy;
  record.accuracy_std = 0.05;
  record.loss_mean = 1 - accuracy;
  return record;
}

inline summary ending(std::string status) {
  summary numbers;
  numbers.status = std::move(status);
  return numbers;
}

} // namespace rhizome::results::testing
