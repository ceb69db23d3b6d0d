"""What may come in from outside, and the one place that words what is wrong with it.

Each sentence names the thing that was wrong and the value received, and says what to do where that is not plain.
"""
