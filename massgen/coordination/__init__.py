"""The rules of the game: signals go in, events and a plan come out; no clock, no I/O, no chance that is not handed in.

`docs/protocol.md` says why the rules are what they are. A turn is a fold of its events: `decide` answers a signal with
events and the state after them, `evolve` folds one event into the state, `plan` says what should be running now.
"""
