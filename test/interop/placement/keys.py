"""The keys whose placement is recorded, in hexadecimal: every length modulo 4,
bytes above 127, which Java takes as negative, text beyond ASCII, and ids."""

import uuid

keys = [b"21", b"foobar", b"a-little-bit-long-string", b"a-little-bit-longer-string", b"abc"]
keys += [bytes(range(n)) for n in range(1, 18)]
keys += [bytes(255 - i for i in range(n)) for n in range(1, 18)]
keys += [b"\0", b"\0\0\0\0", b"\x7f", b"\x80", b"\xff\xff\xff\xff\xff"]
keys += ["ü".encode(), "日本語".encode(), "🥛".encode(), "e\u0301".encode(), b"Key", b"key", b"key ", b"\n"]
keys += [b"x" * 255, b"y" * 1024]
keys += [str(uuid.uuid5(uuid.NAMESPACE_URL, str(i))).encode() for i in range(60)]
keys += [str(uuid.uuid5(uuid.NAMESPACE_URL, "upper")).upper().encode(), uuid.uuid5(uuid.NAMESPACE_URL, "raw").bytes]
for key in keys:
    print(key.hex())
