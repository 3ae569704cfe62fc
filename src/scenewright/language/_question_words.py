"""Words with which questions begin, by what they ask for."""

from __future__ import annotations

POLITE = (
    "please", "can you tell me", "could you tell me", "tell me", "do you know", "can you",
    "could you", "would you", "i want to know", "i would like to know", "so", "well", "hey",
    "hi", "hello", "excuse me",
)  # fmt: skip
FIND = (
    "show me where", "find out where", "find all", "find me", "find", "show me", "show", "list",
    "name", "select", "point to", "point at", "locate", "give me", "get me", "get", "highlight",
    "mark", "look for", "pick",
    "choose", "identify", "where are", "what about", "how about", "and", "this is", "it is",
    "there is", "there are", "i mean", "i am looking for", "search for",
)  # fmt: skip
EXIST = (
    "is there", "are there", "was there", "does the room have", "does the room contain",
    "does this room have", "does the scene have", "does the scene contain", "do you see",
    "can i see", "have you seen", "is any", "are any", "do we have", "does there exist",
    "isn't there", "aren't there",
)  # fmt: skip
NONE = ("no", "not any", "not a", "not an", "nothing")
COUNT = ("how many", "count the", "count all", "count", "what is the number of",
          "number of", "what number of")  # fmt: skip
COLOR = (
    "what color is", "what color are", "what colour is", "what colour are", "what is the color of",
    "what is the colour of", "which color is", "which colour is", "which color does",
    "what color does", "what is the colors of", "the color of", "color of", "in what color is",
    "what are the colors of",
)  # fmt: skip
VERIFY = ("is", "are", "was", "were", "does", "do", "did")
"""Of questions that are answered by yes or no; others of these begin so, too."""
