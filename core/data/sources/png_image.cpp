#include "core/data/sources/png_image.hpp"

#include <png.h>

namespace rhizome::data::sources {

result<void> append_png(const std::filesystem::path& file, std::int64_t width, std::int64_t height,
                        std::vector<std::uint8_t>& into) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, file.c_str()) == 0)
    return fail(error_kind::bad_data, "{}: {}", file.string(), image.message);
  if (image.width != width || image.height != height) {
    auto wrong = fail(error_kind::bad_data, "{} has {} x {} pixels, expected {} x {}", file.string(), image.width,
                      image.height, width, height);
    png_image_free(&image);
    return wrong;
  }
  image.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  const png_color black{};
  if (png_image_finish_read(&image, &black, pixels.data(), 0, nullptr) == 0)
    return fail(error_kind::bad_data, "{}: {}", file.string(), image.message);
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (std::size_t i = channel; i < pixels.size(); i += 3)
      into.push_back(pixels[i]);
  return {};
}

} // namespace rhizome::data::sources
