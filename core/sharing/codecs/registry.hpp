#pragma once

#include "core/config/schema.hpp"
#include "core/sharing/codec.hpp"
#include "core/sharing/codecs/index_codec.hpp"
#include "core/sharing/codecs/value_codec.hpp"

namespace rhizome::sharing {

/// The codec of a validated section [sharing.codec].
[[nodiscard]] codec_ptr make_codec(const config::section& codec);

/// The codec of these two, by name. Throws std::logic_error if there is none of that name.
[[nodiscard]] codec_ptr make_codec(std::string_view indices, std::string_view values,
                                   const value_precision& precision = {});

/// Whether the bytes of its values are the float32s as they are: a whole vector can then go by reference.
[[nodiscard]] bool sends_floats(const codec& with);

/// The section [sharing.codec].
[[nodiscard]] config::section_schema codec_schema();

} // namespace rhizome::sharing
