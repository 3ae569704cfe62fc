"""Names of things in homes and offices, the default words for naming objects by a text encoder."""

from __future__ import annotations

_WORDS = """
air conditioner, air purifier, alarm clock, apple, apron, aquarium, armchair, ashtray, baby bed,
baby stroller, backpack, bag, ball, banana, bar stool, basket, bathrobe, bathtub, bean bag, bed,
bedspread, bell, belt, bench, bicycle, bin, binder, blanket, blender, blinds, book, book stack,
bookcase, boot, bottle, bowl, box, bread, briefcase, broom, bucket, bulletin board, bunk bed,
butter dish, cabinet, cable, cake, calculator, calendar, camera, can, candle, candlestick, cap,
car seat, cardboard box, carpet, cart, cat, cat tree, ceiling fan, ceiling lamp, chair, chandelier,
chest, chessboard, chopping board, clock, closet, clothes, clothes dryer, clothes hanger, coat,
coat rack, coffee machine, coffee table, colander, column, comb, computer mouse, computer tower,
cooker hood, cooking pot, cooler, copier, couch, counter, cradle, crate, crib, crutches, cup,
cupboard, curtain, curtain rod, cushion, cutlery, decoration, desk, desk lamp, dish rack,
dishwasher, dog, dog bed, doll, door, door mat, drawer chest, dresser, drill, drum, drying rack,
dumbbell, dustpan, easel, electric guitar, envelope, exercise bike, extension cord, fan, faucet,
file cabinet, fire alarm, fire extinguisher, fireplace, flag, flower, flower pot, floor lamp,
folded chair, footstool, fork, fruit, frying pan, futon, game console, glass, globe, glove, guitar,
hair dryer, hammer, hamper, hand rail, handbag, hanging plant, hat, headphones, heater, helmet,
highchair, hoover, hose, ironing board, iron, jacket, jar, jewelry box, jug, kettle, keyboard,
kitchen island, kitchen scale, knife, ladder, ladle, lamp, lamp shade, laptop, laundry basket,
lego, letter tray, light switch, loudspeaker, luggage, magazine, magazine rack, mail box, mattress,
medicine bottle, microphone, microwave, mirror, mixer, mobile phone, monitor, mop, mug,
music stand, napkin, newspaper, nightstand, notebook, office chair, onion, orange, ottoman, oven,
oven glove, painting, pan, paper, paper bag, paper roll, paper towel, parasol, pen, pen holder,
pencil case, pepper mill, person, pet bowl, photo frame, piano, picture, pillow, pipe, pitcher,
plant, plant pot, plate, playpen, plunger, poster, potted plant, power socket, power strip,
printer, projector, projector screen, punching bag, purse, puzzle, rack, radiator, radio, railing,
range hood, record player, refrigerator, remote control, rice cooker, ring binder, robot vacuum,
rocking chair, rolling pin, rope, router, rug, rucksack, ruler, safe, salt shaker, sandal, scale,
scanner, scissors, screen, screwdriver, sculpture, sewing machine, shampoo, shelf, shirt, shoe,
shoe rack, shopping bag, shower, shower curtain, shower head, side table, sideboard, sink,
skateboard, ski, slipper, smoke detector, soap dish, soap dispenser, sock, sofa, sofa bed, soft toy,
spatula, speaker, spice rack, sponge, spoon, spray bottle, stairs, stand mixer, stapler, statue,
step stool, stool, storage box, stove, suitcase, sunglasses, table, table lamp, tablecloth, tablet,
tape, teapot, teddy bear, telephone, tennis racket, thermos, thermostat, tie, tissue box, toaster,
toilet, toilet brush, toilet paper, toolbox, toothbrush, towel, towel rack, toy, toy car, toy train,
trash can, tray, treadmill, tripod, trolley, trophy, trousers, tv, tv stand, typewriter, umbrella,
umbrella stand, vacuum cleaner, vase, vent, ventilator, violin, wall clock, wall shelf, wardrobe,
washbasin, washing machine, watch, water bottle, water dispenser, watering can, weight plate,
wheelchair, whiteboard, window, window frame, wine bottle, wine glass, wine rack, wok, yoga mat
"""


def household_words() -> tuple[str, ...]:
    """The words, each once, in alphabetical order."""
    words = (" ".join(word.split()) for word in _WORDS.split(","))
    return tuple(sorted({word for word in words if word}))
