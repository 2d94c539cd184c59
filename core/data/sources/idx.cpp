#include "core/data/sources/idx.hpp"

#include <array>
#include <string>

#include "core/data/input_file.hpp"
#include "core/data/sources/labels.hpp"

namespace rhizome::data::sources {

namespace {

/// Magic numbers: two zero bytes, the type (8: unsigned byte), the number of dimensions.
constexpr std::uint32_t image_magic = 0x00000803;
constexpr std::uint32_t label_magic = 0x00000801;
constexpr std::uint32_t largest_side = 4096;

struct images {
  std::vector<std::uint8_t> pixels; ///< [count x rows x columns]
  std::uint32_t count = 0;
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
};

/// The header's numbers after the magic one, all big-endian.
template <std::size_t Dimensions>
result<std::array<std::uint32_t, Dimensions>> read_header(input_file& file, std::uint32_t magic) {
  std::array<std::uint8_t, 4 * (Dimensions + 1)> bytes{};
  if (auto got = file.read(bytes, fmt::format("an IDX header of {} bytes", bytes.size())); !got)
    return fail(got);
  const auto number = [&bytes](std::size_t i) {
    std::uint32_t value = 0;
    for (std::size_t b = 4 * i; b < 4 * (i + 1); ++b)
      value = value << 8 | bytes[b];
    return value;
  };
  if (number(0) != magic)
    return fail(error_kind::bad_data, "{} is not the expected IDX file: it begins with 0x{:08x} instead of 0x{:08x}.",
                file.path().string(), number(0), magic);
  std::array<std::uint32_t, Dimensions> extents{};
  for (std::size_t i = 0; i < Dimensions; ++i)
    extents[i] = number(i + 1);
  return extents;
}

result<std::vector<std::uint8_t>> read_body(input_file& file, std::uint64_t size, const std::string& expected) {
  if (auto room = file.expect_room(size, expected); !room)
    return fail(room);
  std::vector<std::uint8_t> body(size);
  if (auto got = file.read(body, expected); !got)
    return fail(got);
  if (auto end = file.expect_end(expected); !end)
    return fail(end);
  return body;
}

result<images> read_images(const std::filesystem::path& path) {
  auto file = input_file::open(path);
  if (!file)
    return fail(file);
  const auto header = read_header<3>(*file, image_magic);
  if (!header)
    return fail(header);
  const auto [count, rows, columns] = *header;
  if (rows == 0 || columns == 0 || rows > largest_side || columns > largest_side)
    return fail(error_kind::bad_data, "{} is corrupt: its images would be {} x {} pixels, expected 1 to {} each way.",
                file->path().string(), rows, columns, largest_side);
  auto pixels = read_body(*file, std::uint64_t{count} * rows * columns,
                          fmt::format("{} images of {} x {}", count, rows, columns));
  if (!pixels)
    return fail(pixels);
  return images{std::move(*pixels), count, rows, columns};
}

result<std::vector<std::int32_t>> read_labels(const std::filesystem::path& path, std::int64_t classes,
                                              std::uint32_t n_images) {
  auto file = input_file::open(path);
  if (!file)
    return fail(file);
  const auto header = read_header<1>(*file, label_magic);
  if (!header)
    return fail(header);
  const auto count = header->front();
  if (count != n_images)
    return fail(error_kind::bad_data,
                "{} has {} labels, but the images beside it are {}: the two do not belong "
                "together.",
                file->path().string(), count, n_images);
  const auto raw = read_body(*file, count, fmt::format("{} labels", count));
  if (!raw)
    return fail(raw);
  return checked_labels(*raw, classes, file->path());
}

} // namespace

result<dataset> load_idx(const std::filesystem::path& directory, std::int64_t classes) {
  dataset set;
  set.classes = classes;
  set.scale = 1.0F / 255;
  for (const std::string part : {"train", "t10k"}) {
    auto read = read_images(directory / (part + "-images-idx3-ubyte"));
    if (!read)
      return fail(read);
    auto labels = read_labels(directory / (part + "-labels-idx1-ubyte"), classes, read->count);
    if (!labels)
      return fail(labels);
    const std::vector<std::int64_t> shape = {1, read->rows, read->columns};
    if (part != "train" && shape != set.shape)
      return fail(error_kind::bad_data, "In {} the training images are {} x {}, but the test images {} x {}.",
                  directory.string(), set.shape[1], set.shape[2], read->rows, read->columns);
    set.shape = shape;
    auto& into = part == "train" ? set.train : set.test;
    into = {std::move(read->pixels), std::move(*labels), {}, read->count};
  }
  return set;
}

} // namespace rhizome::data::sources
