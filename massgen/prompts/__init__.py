"""Text for the models, and only text: what an agent is asked in each stage.

Stable text comes first, the question and the candidates last, and no clock anywhere: providers cache equal prefixes.
Before the presentation no request names an agent, a model or a count.
"""
