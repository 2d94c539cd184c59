#include "core/learning/fragment.hpp"

#include <utility>

namespace rhizome::learning {

payload_ptr dense_payload(snapshot values, std::vector<double> scalars) {
  auto body = std::make_shared<payload>();
  body->encoding = codec::dense;
  body->values = std::move(values);
  body->scalars = std::move(scalars);
  return body;
}

payload_ptr bytes_payload(std::vector<std::byte> bytes) {
  auto body = std::make_shared<payload>();
  body->encoding = codec::bytes;
  body->bytes = std::move(bytes);
  return body;
}

std::size_t payload::wire_size() const noexcept {
  const std::size_t dense = encoding == codec::dense && values ? values->size() * sizeof(float) : 0;
  const std::size_t apart = buffers ? buffers->size() * sizeof(float) : 0;
  return scalars.size() * sizeof(double) + dense + apart + bytes.size();
}

std::size_t fragment::wire_size() const noexcept {
  return fragment_header_size + (body ? body->wire_size() : 0);
}

} // namespace rhizome::learning
