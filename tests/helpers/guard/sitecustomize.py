"""Loaded by Python at the start of every program that a test starts: the guard against connections, in there too."""

import loopback

loopback.install()
