"""What comes, what to do, is it over?"""
