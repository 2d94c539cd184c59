#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "core/data/input_file.hpp"
#include "core/data/source.hpp"
#include "core/data/sources/labels.hpp"

namespace rhizome::data::sources {

namespace {

/// 32 x 32 pixels: all red values, all green, all blue.
constexpr std::size_t image_size = 3 * 32 * 32;

/// One of the two data sets in its binary version: files of rows [label bytes | image].
struct cifar_format {
  std::string_view folder; ///< as the archive unpacks
  std::size_t label_bytes; ///< the last of them is the label
  std::int64_t classes;
  std::vector<std::string> train_files;
  std::string test_file;
  std::size_t rows_per_train_file;
};
constexpr std::size_t test_rows = 10'000;

/// Appends a file of exactly `rows` rows to `into`.
result<void> append_file(const std::filesystem::path& path, const cifar_format& format, std::size_t rows,
                         samples& into) {
  auto file = input_file::open(path);
  if (!file)
    return fail(file);
  const std::size_t row_size = format.label_bytes + image_size;
  const auto expected = fmt::format("{} rows of {} bytes", rows, row_size);
  if (auto room = file->expect_room(rows * row_size, expected); !room)
    return fail(room);

  auto& pixels = std::get<std::vector<std::uint8_t>>(into.features);
  pixels.reserve(pixels.size() + rows * image_size);
  std::vector<std::uint8_t> row(row_size);
  std::vector<std::uint8_t> labels;
  for (std::size_t i = 0; i < rows; ++i) {
    if (auto got = file->read(row, expected); !got)
      return fail(got);
    labels.push_back(row[format.label_bytes - 1]);
    pixels.insert(pixels.end(), row.end() - image_size, row.end());
  }
  if (auto end = file->expect_end(expected); !end)
    return fail(end);
  const auto checked = checked_labels(labels, format.classes, file->path());
  if (!checked)
    return fail(checked);
  into.labels.insert(into.labels.end(), checked->begin(), checked->end());
  into.count += rows;
  return {};
}

result<dataset> load_cifar(const std::filesystem::path& path, const cifar_format& format) {
  std::error_code ignored;
  auto directory = path / format.folder;
  if (!std::filesystem::is_directory(directory, ignored))
    directory = path;

  dataset set;
  set.shape = {3, 32, 32};
  set.classes = format.classes;
  set.scale = 1.0F / 255;
  auto& pixels = set.train.features.emplace<std::vector<std::uint8_t>>();
  if (std::filesystem::is_directory(directory, ignored))
    pixels.reserve(format.train_files.size() * format.rows_per_train_file * image_size);
  for (const auto& name : format.train_files)
    if (auto good = append_file(directory / name, format, format.rows_per_train_file, set.train); !good)
      return fail(good);
  if (auto good = append_file(directory / format.test_file, format, test_rows, set.test); !good)
    return fail(good);
  return set;
}

result<dataset> load_cifar10(const load_request& request) {
  static constexpr std::size_t rows = 10'000;
  auto set = load_cifar(request.path, {.folder = "cifar-10-batches-bin",
                                       .label_bytes = 1,
                                       .classes = 10,
                                       .train_files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                                       "data_batch_4.bin", "data_batch_5.bin"},
                                       .test_file = "test_batch.bin",
                                       .rows_per_train_file = rows});
  if (set) { // of the 50,000 training images, per channel
    set->mean = {0.4914F, 0.4822F, 0.4465F};
    set->deviation = {0.2470F, 0.2435F, 0.2616F};
  }
  return set;
}

result<dataset> load_cifar100(const load_request& request) {
  static constexpr std::size_t rows = 50'000;
  auto set = load_cifar(request.path, {.folder = "cifar-100-binary",
                                       .label_bytes = 2, // coarse, fine
                                       .classes = 100,
                                       .train_files = {"train.bin"},
                                       .test_file = "test.bin",
                                       .rows_per_train_file = rows});
  if (set) { // of the 50,000 training images, per channel
    set->mean = {0.5071F, 0.4865F, 0.4409F};
    set->deviation = {0.2673F, 0.2564F, 0.2762F};
  }
  return set;
}

} // namespace

source cifar10() {
  return {.variant = {"cifar-10", "50,000 + 10,000 colour images 32x32, 10 classes (Krizhevsky 2009); the binary "
                                  "version, in data.path."},
          .load = load_cifar10,
          .how_to_get = "Unpack https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz and name its directory in "
                        "data.path."};
}

source cifar100() {
  return {.variant = {"cifar-100", "50,000 + 10,000 colour images 32x32, 100 classes, the fine labels (Krizhevsky "
                                   "2009); the binary version, in data.path."},
          .load = load_cifar100,
          .how_to_get = "Unpack https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz and name its directory in "
                        "data.path."};
}

} // namespace rhizome::data::sources
